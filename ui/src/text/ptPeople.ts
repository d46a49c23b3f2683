import type { Words } from "./en";
import { plural } from "./plural";

const many = (count: number, one: string, other: string) => plural("pt", count, { one, other });

export const chat: Words["chat"] = {
  title: "Conversas",
  with: (name) => `Conversa com ${name}`,
  write: (name) => `Escrever para ${name}`,
  placeholder: "Escreva uma mensagem",
  send: "Enviar",
  hint: "Enter envia, Shift + Enter começa outra linha",
  older: "Mostrar linhas anteriores",
  loading: "Lendo a conversa…",
  empty: "Nada foi dito aqui ainda.",
  none: "Nenhuma conversa ainda",
  noneMore: "Escolha alguém e escreva: textos e chamadas ficam aqui.",
  you: "Você",
  unread: (count) => many(count, "# mensagem nova", "# mensagens novas"),
  callOut: "Você ligou",
  callIn: "Ligaram para você",
  calls: { completed: "atendida", busy: "ocupado", rejected: "recusada", cancelled: "cancelada", missed: "sem resposta", failed: "falhou" },
};

export const people: Words["people"] = {
  presence: { online: "Online", busy: "Em chamada", do_not_disturb: "Não perturbe", offline: "Offline" },
  card: (name) => `Sobre ${name}`,
  favourites: "Favoritos",
  everybody: "Todos",
  favourite: "Favorito",
  favouriteMore: "Aparece primeiro na lista.",
  autoAnswer: "Atender automaticamente",
  autoAnswerMore: "Só com som e se você não estiver em outra chamada. Quem liga ouve este ambiente na hora.",
  address: "Endereço",
  copy: "Copiar o endereço",
  qr: "Código QR do endereço",
  save: "Salvar cartão de contato",
  saved: (path) => `Salvo: ${path}`,
  importCards: "Importar cartões de contato",
  exportAll: "Salvar todos os cartões",
  imported: (count) => many(count, "# contato importado", "# contatos importados"),
  add: "Adicionar um contato",
  name: "Nome",
  keep: "Adicionar",
  forget: "Remover este contato",
  own: "Seus endereços",
  showQr: "Mostrar como código QR",
  allCalls: "Todas as chamadas",
  missedCalls: "Chamadas perdidas",
  noMissed: "Nenhuma chamada perdida",
};

export const rings: Words["rings"] = {
  tone: "Toque",
  toneMore: "Ao escolher, ele toca.",
  tones: { harbour: "Porto", telephone: "Telefone", chime: "Campainha", marimba: "Marimba", horn: "Buzina de navio" },
  quiet: "Horas de silêncio",
  quietMore: "Não perturbe sozinho, pelo relógio deste computador.",
  from: "Das",
  until: "Até",
  days: "Dias em que começam",
};

export const keys: Words["keys"] = {
  title: "Teclas na janela",
  typing: "Escrever no campo de discagem",
  letters: "Letras",
  video: "Ligar com vídeo",
  audio: "Ligar só com som",
  silence: "Silenciar uma chamada que toca; fechar o que está aberto",
  digits: "Enviar teclas do teclado",
  self: "Mover sua imagem (quando em foco)",
  size: "Texto maior, menor, normal",
  arrows: "Setas",
  inCall: "Teclas durante uma chamada",
  inCallMore: "Valem enquanto há uma chamada na janela. Os números enviam tons.",
  own: { mute: "Silenciar ou não", camera: "Câmera ligada ou desligada", talk: "Apertar para falar, enquanto segurar", hold: "Pôr em espera ou retomar", hang_up: "Desligar", chat: "Abrir ou fechar o chat", details: "Abrir ou fechar os detalhes", full_screen: "Tela cheia" },
  reset: "Voltar às teclas habituais",
  clash: (other) => `Também usada para: ${other}`,
};

export const support: Words["support"] = {
  save: "Salvar arquivo de suporte",
  more: "Diz o que ajuda a encontrar uma falha: sem segredos e sem nomes.",
  show: "Mostrar o registro",
  hide: "Ocultar o registro",
  log: "Registro",
  empty: "Não há nada nele.",
};
