; Calls and the space of this computer come in from the network: without a rule Windows asks in the middle of the first call.
!macro NSIS_HOOK_POSTINSTALL
  nsExec::Exec 'netsh advfirewall firewall delete rule name="Ahoy"'
  nsExec::Exec 'netsh advfirewall firewall add rule name="Ahoy" dir=in action=allow profile=private,domain program="$INSTDIR\ahoy.exe" enable=yes'
!macroend

!macro NSIS_HOOK_PREUNINSTALL
  nsExec::Exec 'netsh advfirewall firewall delete rule name="Ahoy"'
!macroend
