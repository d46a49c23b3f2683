import type { Words } from "./en";

export const advanced: Words["advanced"] = {
  about: "لا حاجة إلى تغيير أي شيء هنا. تسري الأرقام من الاتصال التالي أو المكالمة التالية.",
  groups: { connection: "الاتصال بالفضاء", ways: "المسارات عبر الشبكة", repair: "الإصلاح", calls: "المكالمات", window: "النافذة" },
  fields: {
    connect_seconds: "أطول انتظار للاتصال",
    reconnect_first_ms: "أول توقف قبل المحاولة التالية",
    reconnect_longest_ms: "أطول توقف قبل المحاولة التالية",
    request_seconds: "أطول انتظار للرد",
    reattach_seconds: "استئناف المكالمات بعد إعادة التشغيل إن كانت أحدث من",
    gather_idle_ms: "التوقف عن البحث عن مسارات بعد صمت مدته",
    gather_limit_ms: "التوقف عن البحث عن مسارات بعد",
    udp_servers: "استخدام خوادم STUN وTURN عبر UDP",
    grace_ms: "مهلة عودة الاتصال المفقود من تلقاء نفسه",
    repair_seconds: "أقصى مدة للإصلاح",
    repair_again_ms: "التوقف بين محاولتي إصلاح",
    silence_ms: "تُعد المكالمة صامتة بعد",
    silence_repairs: "عدد إصلاحات المكالمة الصامتة",
    silence_pause_seconds: "التوقف بينها",
    receive_audio: "سماع الآخرين",
    receive_video: "طلب الصورة في المكالمات الصوتية أيضًا",
    stats_ms: "قياس المكالمات كل",
    camera_off_hidden: "إيقاف صورتي مؤقتًا ما دامت النافذة غير مرئية",
    check_on_show: "التحقق من الاتصال عند عودة النافذة",
  },
  units: { s: "ثانية", ms: "ملّي ثانية", times: "مرة" },
  spaceUrl: "عنوان الفضاء بدلًا من المعتاد",
  variables: "يُبلَّغ به الفضاء مع كل مكالمة",
  variablesMore: "أسماء وقيم يمكن لتطبيقات الفضاء قراءتها.",
  variable: "الاسم",
  content: "القيمة",
  add: "إضافة",
  forget: (name) => `إزالة ${name}`,
  reset: "إعادة كل شيء إلى القيم المعتادة",
  resetOne: (name) => `${name}: العودة إلى القيمة المعتادة`,
  was: (usual) => `المعتاد ${usual}`,
};

export const developer: Words["developer"] = {
  about: "لمن يبني شيئًا على فضاء.",
  tokens: "رموز فضاء هذا الحاسوب",
  tokensMore: "من يملك الرمز يكون ذلك الشخص في الفضاء حتى ينتهي.",
  noSpace: "يتطلب هذا فضاء هذا الحاسوب الخاص، وهو لا يعمل.",
  reference: "من",
  minutes: "دقيقة",
  mint: "إنشاء رمز",
  token: "الرمز",
  copy: "نسخ",
  testCall: "مكالمة تجريبية",
  testCallMore: "يتصل بك من يعرض صورة اختبار ويصدر نغمة.",
  ringMe: "اتصل بي بفيديو تجريبي",
  raw: "طلب يدوي",
  rawMore: "يُرسل إلى الفضاء كما هو، ويُعرض الرد دون أسرار.",
  method: "الطريقة",
  params: "المعاملات (JSON)",
  send: "إرسال",
  answer: "الرد",
  wire: "الرسائل مع الفضاء",
  keep: "الاحتفاظ بآخر 300 رسالة",
  keepMore: "في الذاكرة فقط، وتزول عند الإيقاف.",
  show: "عرض الرسائل",
  again: "قراءة من جديد",
  filter: "عرض ما يحتوي فقط…",
  sent: "مُرسلة",
  received: "مُستلمة",
  nothing: "لا شيء بعد.",
};

export const mini: Words["mini"] = { expand: "العودة إلى النافذة الكبيرة" };

export const tones: Words["tones"] = {
  label: "نغمات الشبكة",
  more: "نغمات الرنين والانشغال والانتظار كما في شبكة الهاتف في بلد ما.",
  automatic: "كما في بلدي",
  world: "دولية",
};

export const focus: Words["focus"] = { label: "الصمت مع سطح المكتب", more: "ما دام سطح المكتب نفسه لا يريد إشعارات، إن أخبر بذلك (KDE, GNOME, Cinnamon)." };
