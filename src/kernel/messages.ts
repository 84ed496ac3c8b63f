import type { AppError, ErrorCode } from './errors.js';
import type { Language } from './viewer.js';

type Arabic = string | ((details: AppError['details']) => string);

/** The Arabic messages, by code. English is the message of the error itself. */
const ARABIC: Record<ErrorCode | 'RESYNC_REQUIRED' | 'INTERNAL_SERVER_ERROR', Arabic> = {
  BAD_PAYLOAD: 'تعذّرت قراءة محتوى هذه الرسالة.',
  BAD_SIGNATURE: 'توقيع هذه الرسالة غير صحيح.',
  UNSUPPORTED_MEDIA_TYPE: 'نوع هذا المحتوى غير مدعوم.',
  BAD_INPUT: 'القيمة المدخلة غير مقبولة.',
  PARENT_MISSING: 'السجل الأصل الذي يعتمد عليه غير موجود بعد.',
  NOT_FOUND: 'السجل غير موجود.',
  STALE_VERSION: 'لقد غيّر شخص آخر هذا السجل بعد أن قرأته. اقرأه من جديد.',
  FIELD_OWNED_ELSEWHERE: 'في هذه المرحلة يملك زوهو هذه الحقول. غيّرها هناك.',
  ILLEGAL_TRANSITION: 'لا يمكن الانتقال إلى هذه الحالة.',
  INVALID_CREDENTIALS: 'البريد الإلكتروني أو كلمة المرور غير صحيحة.',
  LIMIT_EXCEEDED: 'تجاوز الطلب أحد الحدود المسموح بها.',
  RESYNC_REQUIRED: 'فاتتك أحداث لم تعد محفوظة. اقرأ الحالة ثم اشترك من جديد.',
  SUBSCRIPTION_NEEDS_WEBSOCKET: 'الاشتراكات تعمل عبر WebSocket فقط.',
  THROTTLED: 'محاولات كثيرة. حاول لاحقًا.',
  ALREADY_RUNNING: 'هناك عملية من هذا النوع قيد التنفيذ.',
  IDEMPOTENCY_MISMATCH: 'استُعمل هذا المفتاح من قبل مع مدخلات أخرى.',
  INSUFFICIENT_STOCK: (details) => {
    const said = details as { line: number | null; productNameAr: string; available: string; requested: string };
    const place = said.line === null ? '' : `السطر ${said.line}: `;
    return `${place}المتبقي من ${said.productNameAr} هو ${said.available} فقط، والمطلوب ${said.requested}.`;
  },
  STALE_QUANTITY: 'تغيّرت الكمية بعد أن قرأتها.',
  ALREADY_EXISTS: 'يوجد سجل بهذه القيمة.',
  OVERPAYMENT: 'المبلغ أكبر من المتبقي على المستند.',
  WRONG_CURRENCY: 'عملة المستندين مختلفة.',
  PERIOD_CLOSED: 'الحسابات مغلقة حتى هذا التاريخ.',
  CREDIT_REFUSED: 'تجاوز حد الائتمان، أو هناك مبالغ متأخرة.',
  VERIFICATION_NEEDED: 'افتح الرابط الذي أُرسل إلى هذا البريد لإكمال التسجيل.',
  WEAK_PASSWORD: 'كلمة المرور هذه سهلة التخمين: شائعة، أو تشبه اسمك أو بريدك. اختر غيرها.',
  APPROVAL_NEEDED: 'يحتاج هذا إلى موافقة.',
  NO_DEPLOY_AGENT: 'لا يوجد وكيل نشر يعمل في هذه البيئة.',
  OUT_OF_ORDER: 'هناك سجل سابق مفقود. أعد الإرسال من حيث طُلب.',
  FENCE_LOST: 'انتقل تنفيذ هذا النشر إلى وكيل آخر. أوقف التنفيذ.',
  ALREADY_TAKEN: 'وكيل آخر ينفّذ هذا النشر.',
  SECOND_PERSON_NEEDED: 'يجب أن يوافق شخص آخر غير من طلب النشر.',
  UNAUTHENTICATED: 'سجّل الدخول أولًا.',
  FORBIDDEN: 'لا تملك صلاحية القيام بذلك.',
  UNAVAILABLE: 'الخدمة غير متاحة مؤقتًا. حاول بعد قليل.',
  TIMED_OUT: 'يستغرق هذا وقتًا أطول من المسموح. اطلب مدة أقصر أو صفوفًا أو شروطًا أقل.',
  INTERNAL_SERVER_ERROR: 'حدث خطأ. اذكر الرقم عند السؤال عنه.',
};

const isTranslated = (code: string): code is keyof typeof ARABIC => Object.hasOwn(ARABIC, code);

/** A code of the library's own has no translation. Names and figures stand in `details`, so that both languages say the same. */
export function translate(
  { code, message, details }: { code: string; message: string; details?: AppError['details'] },
  language: Language,
): string {
  if (language !== 'ar' || !isTranslated(code)) return message;
  const arabic = ARABIC[code];
  return typeof arabic === 'function' ? arabic(details ?? {}) : arabic;
}

/** The best of the languages we speak; English when nothing else is asked for. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (!acceptLanguage) return 'en';
  const wanted = acceptLanguage
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part.trim().split(/;\s*q=/);
      return { tag: tag.slice(0, 2).toLowerCase(), quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ tag }) => tag === 'ar' || tag === 'en')
    .sort((a, b) => b.quality - a.quality);
  return wanted[0]?.tag === 'ar' ? 'ar' : 'en';
}
