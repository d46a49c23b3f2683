import type { Words } from "./en";
import { plural } from "./plural";

/** One, two, three to ten, eleven to ninety-nine, and the rest: a noun has a form for each. */
const many = (count: number, one: string, two: string, few: string, many: string, other: string) =>
  plural("ar", count, { one, two, few, many, other });

export const chat: Words["chat"] = {
  title: "المحادثات",
  with: (name) => `محادثة مع ${name}`,
  write: (name) => `اكتب إلى ${name}`,
  placeholder: "اكتب رسالة",
  send: "أرسل",
  hint: "Enter يرسل، وShift + Enter يبدأ سطرًا جديدًا",
  older: "أظهر الأسطر الأقدم",
  loading: "تُقرأ المحادثة…",
  empty: "لم يُقل شيء هنا بعد.",
  none: "لا محادثات بعد",
  noneMore: "اختر شخصًا واكتب: تظهر هنا الرسائل والمكالمات معه.",
  you: "أنت",
  unread: (count) => many(count, "رسالة جديدة واحدة", "رسالتان جديدتان", "# رسائل جديدة", "# رسالة جديدة", "# رسالة جديدة"),
  callOut: "اتصلتَ",
  callIn: "اتُّصل بك",
  calls: { completed: "رُدّ عليها", busy: "مشغول", rejected: "مرفوضة", cancelled: "ملغاة", missed: "لا رد", failed: "فشلت" },
};

export const people: Words["people"] = {
  presence: { online: "متصل", busy: "في مكالمة", do_not_disturb: "عدم الإزعاج", offline: "غير متصل" },
  card: (name) => `حول ${name}`,
  favourites: "المفضلة",
  everybody: "الجميع",
  favourite: "مفضل",
  favouriteMore: "يظهر أول القائمة.",
  autoAnswer: "الرد التلقائي",
  autoAnswerMore: "بالصوت فقط، وما لم تكن في مكالمة أخرى. المتصل يسمع هذه الغرفة فورًا.",
  address: "العنوان",
  copy: "انسخ العنوان",
  qr: "رمز QR للعنوان",
  save: "احفظ بطاقة الاتصال",
  saved: (path) => `حُفظ: ${path}`,
  importCards: "استورد بطاقات الاتصال",
  exportAll: "احفظ كل البطاقات",
  imported: (count) => many(count, "استُوردت جهة واحدة", "استُوردت جهتان", "استُوردت # جهات", "استُوردت # جهة", "استُوردت # جهة"),
  add: "أضف جهة اتصال",
  name: "الاسم",
  keep: "أضف",
  forget: "أزل جهة الاتصال",
  own: "عناوينك",
  showQr: "اعرض رمز QR",
  allCalls: "كل المكالمات",
  missedCalls: "المكالمات الفائتة",
  noMissed: "لا مكالمات فائتة",
};

export const rings: Words["rings"] = {
  tone: "نغمة الرنين",
  toneMore: "الاختيار يشغّلها.",
  tones: { harbour: "الميناء", telephone: "الهاتف", chime: "جرس الباب", marimba: "الماريمبا", horn: "بوق السفينة" },
  quiet: "ساعات الهدوء",
  quietMore: "عدم الإزعاج تلقائيًا بحسب ساعة هذا الحاسوب.",
  from: "من",
  until: "إلى",
  days: "الأيام التي تبدأ فيها",
};

export const keys: Words["keys"] = {
  title: "المفاتيح في النافذة",
  typing: "الكتابة في حقل الاتصال",
  letters: "الحروف",
  video: "الاتصال بالفيديو",
  audio: "الاتصال بالصوت فقط",
  silence: "إسكات مكالمة ترنّ؛ إغلاق المفتوح",
  digits: "إرسال أرقام اللوحة",
  self: "تحريك صورتك (وهي محددة)",
  size: "تكبير النص وتصغيره وإعادته",
  arrows: "مفاتيح الأسهم",
  inCall: "المفاتيح أثناء المكالمة",
  inCallMore: "تعمل ما دامت في النافذة مكالمة. الأرقام ترسل نغمات.",
  own: { mute: "كتم أو إلغاء الكتم", camera: "تشغيل الكاميرا أو إيقافها", talk: "اضغط لتتكلم ما دمت ضاغطًا", hold: "تعليق أو استئناف", hang_up: "إنهاء المكالمة", chat: "فتح الدردشة أو إغلاقها", details: "فتح التفاصيل أو إغلاقها", full_screen: "ملء الشاشة" },
  reset: "العودة إلى المفاتيح المعتادة",
  clash: (other) => `مستخدم أيضًا من أجل: ${other}`,
};

export const support: Words["support"] = {
  save: "احفظ ملف الدعم",
  more: "يجمع ما يساعد في كشف الخلل: بلا أسرار ولا أسماء.",
  show: "اعرض السجل",
  hide: "أخفِ السجل",
  log: "السجل",
  empty: "لا شيء فيه.",
};
