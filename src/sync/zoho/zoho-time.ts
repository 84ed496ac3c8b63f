/** YYYY-MM-DDTHH:MM:SS+0000: Zoho wants the offset without a colon; URLSearchParams encodes the plus. */
export function zohoTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}+0000`;
}
