import type { Words } from "./en";
import type { room as everything } from "./enRooms";

type Tools =
  | "recordingPaused" | "tools" | "record" | "recordMore" | "recordPause" | "recordResume" | "recordStop"
  | "play" | "playHint" | "playMore" | "playStart" | "playing" | "playPaused" | "playPause" | "playResume" | "playStop";

/** What is said about recording and playing. */
export const roomTools: Pick<typeof everything, Tools> = {
  recordingPaused: "録画を一時停止中",
  tools: "録画と再生",
  record: "この会議室を録画",
  recordMore: "録画中であることは全員に表示されます。映像はスペースに保存されます。",
  recordPause: "録画を一時停止",
  recordResume: "録画を再開",
  recordStop: "録画を停止",
  play: "全員に再生",
  playHint: "https://… または file:name.mp4",
  playMore: "ウェブ上またはスペースのメディアフォルダーにある MP4、WAV、MP3。",
  playStart: "再生",
  playing: (name) => `${name} を再生中`,
  playPaused: (name) => `一時停止中: ${name}`,
  playPause: "一時停止",
  playResume: "再開",
  playStop: "停止",
};

/** The page with one's own rooms. */
export const ownRooms: Words["ownRooms"] = {
  yours: "自分の会議室",
  lead: "会議室はいつでもそのアドレスにあります。誰が入れるか、録画するかを決められます。",
  joinMuted: "ミュートで入室",
  joinCameraOff: "カメラオフで入室",
  joinQuietly: "入室後にどちらもオンにできます。",
  none: "会議室はまだありません。",
  add: "新しい会議室",
  edit: (name) => `${name} を変更`,
  name: "名前",
  nameHint: "朝会",
  address: "アドレス",
  capacity: "同時に入れる人数",
  layout: "最初のレイアウト",
  join: "入室できる人",
  joinEveryone: "このスペースの全員",
  joinInvited: "下の人だけ",
  owners: "司会者",
  ownersMore: "あなたは常に含まれます。",
  members: "発言できる人",
  audience: "視聴のみの人",
  othersListen: "ほかの人は視聴のみ",
  othersListenMore: "司会者が発言を許可するまで視聴のみです。",
  record: "最初の入室から録画",
  recordMore: "映像はスペースに保存されます。録画中であることは全員に表示されます。",
  addPerson: "人を追加",
  removePerson: (name) => `${name} をリストから外す`,
  save: "保存",
  create: "会議室を作成",
  cancel: "キャンセル",
  delete: "会議室を削除",
  deleteSure: "完全に削除",
  deleteMore: "会議室にいる人は退室になります。",
  call: (name) => `${name} に発信`,
  facts: (people, invited, record) =>
    [`最大 ${people} 人`, invited ? "招待のみ" : "誰でも参加可", ...(record ? ["録画あり"] : [])].join(" · "),
  unavailable: "このスペースは会議室を自ら管理しているため、ここからは作成できません。",
};
