// Placeholder until the shell generates it.
export type AudioCodec = "opus" | "pcmu" | "pcma";
export type VideoCodec = "h264" | "vp8";
export type CallId = string;
export type DeviceId = string;
export type DialTarget = string;
export type Secret = string;
export type Direction = "outbound" | "inbound";
export type CallStatus = "new" | "trying" | "ringing" | "connecting" | "connected" | "held" | "recovering" | "disconnecting" | "disconnected" | "failed" | "destroyed";
export type EndReason = "hung_up" | "far_hung_up" | "cancelled" | "declined" | "rejected" | "busy" | "no_answer" | "answered_elsewhere" | "offline" | "unknown_address" | "refused" | "incompatible" | "connection_lost" | "timed_out" | "transferred" | "failed";
export type HangupCause = "UNALLOCATED_NUMBER" | "NO_ROUTE_DESTINATION" | "NORMAL_CLEARING" | "USER_BUSY" | "NO_USER_RESPONSE" | "NO_ANSWER" | "SUBSCRIBER_ABSENT" | "CALL_REJECTED" | "DESTINATION_OUT_OF_ORDER" | "INVALID_NUMBER_FORMAT" | "NORMAL_UNSPECIFIED" | "NETWORK_OUT_OF_ORDER" | "NORMAL_TEMPORARY_FAILURE" | "SWITCH_CONGESTION" | "REQUESTED_CHAN_UNAVAIL" | "OUTGOING_CALL_BARRED" | "BEARERCAPABILITY_NOTAUTH" | "INVALID_CALL_REFERENCE" | "INCOMPATIBLE_DESTINATION" | "RECOVERY_ON_TIMER_EXPIRE" | "ORIGINATOR_CANCEL" | "LOSE_RACE" | "MANAGER_REQUEST" | "BLIND_TRANSFER" | "ATTENDED_TRANSFER" | "ALLOTTED_TIMEOUT" | "MEDIA_TIMEOUT" | "PICKED_OFF" | "USER_NOT_REGISTERED" | "PROGRESS_TIMEOUT" | "DECLINE" | "REJECT_ALL" | { OTHER: number };
export type DeviceKind = "camera" | "microphone" | "speaker";
export type DeviceInfo = { id: DeviceId; kind: DeviceKind; name: string; is_default: boolean };
export type DeviceState = "idle" | "opening" | "running" | "absent" | "busy" | "denied" | "hung" | "broken" | "off";
export type DeviceChoice = { kind: DeviceKind; wanted: DeviceId | null; effective: DeviceId | null; state: DeviceState };
export type ProblemCode = "space_unreachable" | "space_untrusted" | "space_timeout" | "token_malformed" | "token_expired" | "token_refused" | "not_signed_in" | "protocol_error" | "port_in_use" | "address_malformed" | "address_unknown" | "call_unknown" | "call_not_possible" | "call_refused" | "call_timeout" | "media_failed" | "too_many_calls" | "camera_absent" | "camera_busy" | "camera_denied" | "camera_hung" | "camera_broken" | "microphone_absent" | "microphone_busy" | "microphone_denied" | "microphone_hung" | "microphone_broken" | "speaker_absent" | "speaker_busy" | "speaker_denied" | "speaker_hung" | "speaker_broken" | "storage_failed" | "settings_unreadable" | "keychain_unavailable" | "file_unreadable" | "display_missing" | "overloaded" | "internal";
export type Problem = { code: ProblemCode; subject: string | null; detail: string | null; retry: boolean };
export type Quality = "critical" | "poor" | "fair" | "good" | "excellent";
export type CallStats = { round_trip: number | null; jitter: number; loss: number; audio_in: number; audio_out: number; video_in: number; video_out: number; fps_in: number; fps_out: number; size_in: [number, number] | null; size_out: [number, number] | null; audio_codec: AudioCodec | null; video_codec: VideoCodec | null; path: string | null; mos: number | null };
export type RegistrationStatus = "signed_out" | "connecting" | "reconnecting" | "offline" | "online" | "refused";
export type CallActions = { answer: boolean; decline: boolean; silence: boolean; hang_up: boolean; hold: boolean; resume: boolean; mute: boolean; camera: boolean; digits: boolean };
export type CallView = { id: CallId; direction: Direction; status: CallStatus; name: string; address: string; started_at: number; connected_at: number | null; gives_up_at: number | null; with_video: boolean; receives_video: boolean; muted: boolean; camera_off: boolean; silenced: boolean; actions: CallActions; end: EndReason | null; cause: HangupCause | null; stats: CallStats | null; quality: Quality | null; problem: Problem | null };
export type CompletedCall = { id: CallId; direction: Direction; name: string; address: string; started_at: number; duration: number; with_video: boolean; end: EndReason; missed: boolean };
export type ContactView = { name: string; address: string; kind: string; can_video: boolean };
export type DevicesView = { cameras: DeviceInfo[]; microphones: DeviceInfo[]; speakers: DeviceInfo[]; choices: DeviceChoice[] };
export type Settings = { display_name: string; camera: DeviceId | null; microphone: DeviceId | null; speaker: DeviceId | null; ring_seconds: number; ring_volume: number; echo_cancellation: boolean; noise_suppression: boolean; automatic_gain: boolean; video_width: number; video_height: number; video_fps: number; video_bitrate: number; theme: string; mirror_self_view: boolean };
export type Snapshot = { revision: number; registration: RegistrationStatus; registration_problem: Problem | null; space: string | null; own_name: string | null; own_addresses: string[]; calls: CallView[]; active_call: CallId | null; history: CompletedCall[]; missed: number; contacts: ContactView[]; devices: DevicesView; camera_running: boolean; settings: Settings };
export type TileId = { tile: "self_view" } | { tile: "remote"; call: CallId };
export type Levels = { microphone: number; speaker: number; talking_muted: boolean };
export type Event = { event: "incoming_call"; value: CallId } | { event: "ringing_stopped"; value: CallId } | { event: "call_ended"; value: CallId } | { event: "digit_received"; value: { call: CallId; digit: string } } | { event: "device_changed"; value: { kind: DeviceKind; choice: DeviceChoice } } | { event: "notice"; value: Problem } | { event: "missed"; value: number };
/** What the shell around the phone is like. */
export type ShellView = { version: string; profile: string; logs: string; own_space: string | null; tray: boolean; keychain: boolean; link: string | null; joining: boolean };
/** Where the page fetches pictures. */
export type FramesDoor = { url: string; secret: string };
export const commands = {} as any;
