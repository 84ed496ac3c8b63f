import type { Language } from './viewer.js';

/** What operators are told by message: the kinds, and their texts in both languages. */
export const NOTICE_KINDS = [
  'start',
  'success',
  'failure',
  'cancelled',
  'rollback',
  'stuck',
  'alert-opened',
  'alert-escalated',
  'alert-recovered',
  'backup-done',
  'backup-failed',
  'daily-report',
  'weekly-report',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface Notice {
  kind: NoticeKind;
  environment: string;
  /** The release that the notice is about. */
  version?: string | null;
  /** One sentence: why it failed, what was done. */
  detail?: string | null;
  /** Lines of a report. */
  lines?: readonly string[];
  durationMs?: number | null;
  /** True when an earlier attempt may have arrived: its answer was lost. */
  repeated?: boolean;
}

const TITLES: Record<NoticeKind, Record<Language, string>> = {
  start: { en: '🚀 Deployment started', ar: '🚀 بدأ النشر' },
  success: { en: '✅ Deployment succeeded', ar: '✅ نجح النشر' },
  failure: { en: '❌ Deployment failed', ar: '❌ فشل النشر' },
  cancelled: { en: '🚫 Deployment cancelled', ar: '🚫 أُلغي النشر' },
  rollback: { en: '↩️ Deployment rolled back', ar: '↩️ تم التراجع عن النشر' },
  stuck: { en: '⏳ Deployment is stuck', ar: '⏳ النشر متوقف' },
  'alert-opened': { en: '⚠️ Alert', ar: '⚠️ تنبيه' },
  'alert-escalated': { en: '🚨 Alert became critical', ar: '🚨 أصبح التنبيه حرجًا' },
  'alert-recovered': { en: '✅ Alert is over', ar: '✅ انتهى التنبيه' },
  'backup-done': { en: '💾 Backup done and verified', ar: '💾 اكتملت النسخة الاحتياطية وتم التحقق منها' },
  'backup-failed': { en: '❌ Backup failed', ar: '❌ فشلت النسخة الاحتياطية' },
  'daily-report': { en: '🩺 Daily check', ar: '🩺 الفحص اليومي' },
  'weekly-report': { en: '📊 Weekly report', ar: '📊 التقرير الأسبوعي' },
};

const WORDS = {
  environment: { en: 'Environment', ar: 'البيئة' },
  version: { en: 'Version', ar: 'الإصدار' },
  duration: { en: 'Duration', ar: 'المدة' },
  seconds: { en: 's', ar: 'ث' },
  repeated: { en: '(This may be a repetition.)', ar: '(قد تكون هذه الرسالة مكررة.)' },
} as const satisfies Record<string, Record<Language, string>>;

/** Telegram refuses a message of more than 4096 characters. */
const MAX_LENGTH = 4000;

export function noticeText(notice: Notice, language: Language): string {
  const word = (name: keyof typeof WORDS): string => WORDS[name][language];
  const lines = [TITLES[notice.kind][language], `${word('environment')}: ${notice.environment}`];
  if (notice.version) lines.push(`${word('version')}: ${notice.version}`);
  if (notice.durationMs != null) {
    lines.push(`${word('duration')}: ${(notice.durationMs / 1000).toFixed(1)} ${word('seconds')}`);
  }
  if (notice.detail) lines.push(notice.detail);
  lines.push(...(notice.lines ?? []));
  if (notice.repeated) lines.push(word('repeated'));
  const text = lines.join('\n');
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
