import type { Words } from "./en";

export const advanced: Words["advanced"] = {
  about: "ここを変える必要はありません。数値は次の接続または次の通話から有効になります。",
  groups: { connection: "スペースとの接続", ways: "ネットワークの経路", repair: "修復", calls: "通話", window: "ウィンドウ" },
  fields: {
    connect_seconds: "接続を待つ最長時間",
    reconnect_first_ms: "再試行までの最初の間隔",
    reconnect_longest_ms: "再試行までの最長の間隔",
    request_seconds: "応答を待つ最長時間",
    reattach_seconds: "再起動後に通話を引き継ぐ期限",
    gather_idle_ms: "経路が見つからなくなってから探すのをやめるまで",
    gather_limit_ms: "経路を探す最長時間",
    udp_servers: "STUN・TURNサーバーをUDPで使う",
    grace_ms: "切れた接続が自然に戻るのを待つ時間",
    repair_seconds: "修復にかけてよい時間",
    repair_again_ms: "修復を試みる間隔",
    silence_ms: "無音とみなすまでの時間",
    silence_repairs: "無音の通話を修復する回数",
    silence_pause_seconds: "その間隔",
    receive_audio: "相手の声を聞く",
    receive_video: "音声通話でも映像を求める",
    stats_ms: "通話を測る間隔",
    camera_off_hidden: "ウィンドウが見えない間は自分の映像を止める",
    check_on_show: "ウィンドウが戻ったら接続を確かめる",
  },
  units: { s: "秒", ms: "ミリ秒", times: "回" },
  spaceUrl: "いつもの代わりに使うスペースのアドレス",
  variables: "通話ごとにスペースへ伝えるもの",
  variablesMore: "スペースのアプリが読める名前と値です。",
  variable: "名前",
  content: "値",
  add: "追加",
  forget: (name) => `${name}を削除`,
  reset: "すべて標準の値に戻す",
  resetOne: (name) => `${name}：標準の値に戻す`,
  was: (usual) => `標準は${usual}`,
};

export const developer: Words["developer"] = {
  about: "スペースの上に何かを作る人のためのページです。",
  tokens: "このコンピューターのスペースのトークン",
  tokensMore: "トークンを持つ人は、期限までスペースでその人になります。",
  noSpace: "このコンピューター自身のスペースが必要ですが、動いていません。",
  reference: "だれ",
  minutes: "分",
  mint: "トークンを作る",
  token: "トークン",
  copy: "コピー",
  testCall: "テスト通話",
  testCallMore: "テスト映像を見せて音を鳴らす相手から電話がかかります。",
  ringMe: "テスト映像で電話をもらう",
  raw: "手書きのリクエスト",
  rawMore: "そのままスペースへ送ります。応答は秘密を除いて表示します。",
  method: "メソッド",
  params: "パラメーター（JSON）",
  send: "送信",
  answer: "応答",
  wire: "スペースとのメッセージ",
  keep: "最新の300件を残す",
  keepMore: "メモリーの中だけで、オフにすると消えます。",
  show: "メッセージを表示",
  again: "読み直す",
  filter: "含むものだけ表示…",
  sent: "送信したもの",
  received: "受信したもの",
  nothing: "まだありません。",
};

export const mini: Words["mini"] = { expand: "大きいウィンドウに戻る" };

export const tones: Words["tones"] = {
  label: "電話の信号音",
  more: "呼び出し音、話中音、割り込み音をその国の電話網と同じにします。",
  automatic: "自分の国と同じ",
  world: "国際標準",
};

export const focus: Words["focus"] = { label: "デスクトップに合わせて静かにする", more: "デスクトップ自体が通知を止めている間です（KDE、GNOME、Cinnamonで分かります）。" };
