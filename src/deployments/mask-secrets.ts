const MASK = '***';

/** Each takes the secret away and leaves what tells a reader which one it was. */
const SHAPES: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, MASK],
  // user:password@host in a URL; a password may hold an @ that nobody encoded.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,100}):[^\s/]{0,500}@/gi, `$1:${MASK}@`],
  [/\b(bearer|basic|zoho-oauthtoken)\s{1,5}[\w.~+/=-]{6,}/gi, `$1 ${MASK}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, MASK],
  [/\b(bot)?\d{6,20}:[\w-]{30,}/g, `$1${MASK}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}/g, MASK],
  [/\bgh[pousr]_\w{20,}/g, MASK],
  [/(\s--[\w-]{0,40}(?:password|passwd|secret|token|key)[\w-]{0,40})\s{1,5}(?!\*\*\*)\S+/gi, `$1 ${MASK}`],
  // NAME_SECRET=value, "token": "value", ?X-Amz-Signature=value
  [
    /((?:password|passwd|secret|token|api[_-]?key|access[_-]?key|encryption[_-]?key|signature|authorization)[\w-]{0,40}["']?\s{0,5}[:=]\s{0,5}["']?)(?!\*\*\*|Bearer\b|Basic\b)[^\s"',;&}]+/gi,
    `$1${MASK}`,
  ],
];

/** Takes away what looks like a credential: logs and evidence are read by more people than settings are. */
export function maskSecrets(text: string): string {
  return SHAPES.reduce((masked, [shape, replacement]) => masked.replace(shape, replacement), text);
}
