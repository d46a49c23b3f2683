import type { Words } from "./en";
import type { room as everything } from "./enRooms";

type Tools =
  | "recordingPaused" | "tools" | "record" | "recordMore" | "recordPause" | "recordResume" | "recordStop"
  | "play" | "playHint" | "playMore" | "playStart" | "playing" | "playPaused" | "playPause" | "playResume" | "playStop";

/** What is said about recording and playing. */
export const roomTools: Pick<typeof everything, Tools> = {
  recordingPaused: "التسجيل متوقف مؤقتًا",
  tools: "التسجيل والتشغيل",
  record: "سجّل هذه الغرفة",
  recordMore: "يرى الجميع أن التسجيل جارٍ. تحفظ المساحة الفيلم.",
  recordPause: "إيقاف التسجيل مؤقتًا",
  recordResume: "متابعة التسجيل",
  recordStop: "إنهاء التسجيل",
  play: "التشغيل للجميع",
  playHint: "https://… أو file:name.mp4",
  playMore: "ملف MP4 أو WAV أو MP3 من الويب أو من مجلد وسائط المساحة.",
  playStart: "تشغيل",
  playing: (name) => `يجري تشغيل ${name}`,
  playPaused: (name) => `متوقف مؤقتًا: ${name}`,
  playPause: "إيقاف مؤقت",
  playResume: "متابعة",
  playStop: "إيقاف",
};

/** The page with one's own rooms. */
export const ownRooms: Words["ownRooms"] = {
  yours: "غرفك",
  lead: "الغرفة موجودة دائمًا على عنوانها. أنت تقرر من يدخل وهل تُسجَّل.",
  joinMuted: "دخول الغرف مكتوم الصوت",
  joinCameraOff: "دخول الغرف بلا كاميرا",
  joinQuietly: "يمكنك تشغيلهما بعد الدخول.",
  none: "ليست لديك غرفة بعد.",
  add: "غرفة جديدة",
  edit: (name) => `تعديل ${name}`,
  name: "الاسم",
  nameHint: "اجتماع الصباح",
  address: "العنوان",
  capacity: "عدد الأشخاص في آن واحد",
  layout: "الترتيب عند البداية",
  join: "من يمكنه الدخول",
  joinEveryone: "كل من في هذه المساحة",
  joinInvited: "الأشخاص أدناه فقط",
  owners: "المشرفون",
  ownersMore: "أنت دائمًا واحد منهم.",
  members: "من يمكنهم التحدث",
  audience: "من يستمعون فقط",
  othersListen: "البقية يستمعون فقط",
  othersListenMore: "يسمعون ويشاهدون حتى يسمح لهم مشرف بالتحدث.",
  record: "التسجيل من أول الداخلين",
  recordMore: "تحفظ المساحة الفيلم. يرى الجميع أن الغرفة تُسجَّل.",
  addPerson: "إضافة شخص",
  removePerson: (name) => `إزالة ${name} من القائمة`,
  save: "حفظ",
  create: "إنشاء غرفة",
  cancel: "إلغاء",
  delete: "حذف الغرفة",
  deleteSure: "حذف نهائي",
  deleteMore: "على من في الغرفة أن يغادر.",
  call: (name) => `الاتصال بـ ${name}`,
  facts: (people, invited, record) =>
    [`حتى ${people} أشخاص`, invited ? "بدعوة فقط" : "مفتوحة للجميع", ...(record ? ["مسجَّلة"] : [])].join(" · "),
  unavailable: "تدير هذه المساحة غرفها بنفسها؛ لا يمكن إنشاؤها من هنا.",
};
