import type { Words } from "./en";

export const advanced: Words["advanced"] = {
  about: "Nada aqui precisa ser alterado. Os números valem a partir da próxima conexão ou chamada.",
  groups: { connection: "Conexão com o espaço", ways: "Caminhos pela rede", repair: "Reparos", calls: "Chamadas", window: "Janela" },
  fields: {
    connect_seconds: "Espera máxima por uma conexão",
    reconnect_first_ms: "Primeira pausa antes de nova tentativa",
    reconnect_longest_ms: "Pausa máxima antes de nova tentativa",
    request_seconds: "Espera máxima por uma resposta",
    reattach_seconds: "Retomar chamadas após reiniciar, se tiverem menos de",
    gather_idle_ms: "Parar de procurar caminhos após um silêncio de",
    gather_limit_ms: "Parar de procurar caminhos ao fim de",
    udp_servers: "Usar servidores STUN e TURN por UDP",
    grace_ms: "O contato perdido pode voltar sozinho durante",
    repair_seconds: "Um reparo pode demorar",
    repair_again_ms: "Pausa entre duas tentativas de reparo",
    silence_ms: "Uma chamada está em silêncio ao fim de",
    silence_repairs: "Reparos de uma chamada em silêncio",
    silence_pause_seconds: "Pausa entre eles",
    receive_audio: "Ouvir os outros",
    receive_video: "Pedir imagem também em chamadas de voz",
    stats_ms: "Medir as chamadas a cada",
    camera_off_hidden: "Pausar minha imagem enquanto a janela não está à vista",
    check_on_show: "Verificar a conexão quando a janela volta",
  },
  units: { s: "segundos", ms: "milissegundos", times: "vezes" },
  spaceUrl: "Endereço do espaço em vez do habitual",
  variables: "Informado ao espaço em cada chamada",
  variablesMore: "Nomes e valores que as aplicações do espaço podem ler.",
  variable: "Nome",
  content: "Valor",
  add: "Adicionar",
  forget: (name) => `Remover ${name}`,
  reset: "Repor todos os valores habituais",
  resetOne: (name) => `${name}: repor o valor habitual`,
  was: (usual) => `Habitualmente ${usual}`,
};

export const developer: Words["developer"] = {
  about: "Para quem constrói algo sobre um espaço.",
  tokens: "Tokens do espaço deste computador",
  tokensMore: "Quem tiver o token é essa pessoa no espaço até ele expirar.",
  noSpace: "É preciso o espaço próprio deste computador, que não está em funcionamento.",
  reference: "Quem",
  minutes: "minutos",
  mint: "Criar um token",
  token: "O token",
  copy: "Copiar",
  testCall: "Chamada de teste",
  testCallMore: "Alguém que mostra uma imagem de teste e cantarola liga para você.",
  ringMe: "Receber uma chamada com vídeo de teste",
  raw: "Um pedido à mão",
  rawMore: "Enviado ao espaço como está. A resposta é mostrada sem segredos.",
  method: "Método",
  params: "Parâmetros (JSON)",
  send: "Enviar",
  answer: "Resposta",
  wire: "Mensagens com o espaço",
  keep: "Guardar as últimas 300 mensagens",
  keepMore: "Só em memória; desaparecem ao desligar.",
  show: "Mostrar as mensagens",
  again: "Ler de novo",
  filter: "Mostrar só o que contém…",
  sent: "Enviada",
  received: "Recebida",
  nothing: "Ainda nada.",
};

export const mini: Words["mini"] = { expand: "Voltar à janela grande" };

export const tones: Words["tones"] = {
  label: "Sinais de chamada",
  more: "Sinais de chamada, ocupado e espera como na rede telefônica de um país.",
  automatic: "Como no meu país",
  world: "Internacionais",
};

export const focus: Words["focus"] = { label: "Silenciar junto com o desktop", more: "Enquanto o próprio desktop não quiser notificações, se ele informar (KDE, GNOME, Cinnamon)." };
