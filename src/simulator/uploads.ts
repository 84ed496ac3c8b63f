export interface UploadedFile {
  type: string;
  bytes: Buffer;
}

const DISPOSITION_END = Buffer.from('\r\n\r\n');

/** The first file of a multipart body. */
export function fileOf(body: Buffer, contentType: string): UploadedFile | null {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return null;
  const begin = body.indexOf(DISPOSITION_END);
  const end = body.indexOf(Buffer.from(`\r\n--${boundary}`), begin);
  if (begin < 0 || end < 0) return null;
  const head = body.subarray(0, begin).toString('latin1');
  const type = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? 'application/octet-stream';
  return { type: type.trim(), bytes: Buffer.from(body.subarray(begin + DISPOSITION_END.length, end)) };
}

type Kind = 'image' | 'attachment';

/** Files that were sent to records. They are not kept over a restart. */
export class Uploads {
  private readonly files = new Map<string, UploadedFile>();

  imageOf(id: string): UploadedFile | null {
    return this.files.get(`image ${id}`) ?? null;
  }

  attachmentOf(id: string): UploadedFile | null {
    return this.files.get(`attachment ${id}`) ?? null;
  }

  /** Whether the body held a file. */
  take(kind: Kind, id: string, body: Buffer, contentType: string): boolean {
    const file = fileOf(body, contentType);
    if (file) this.files.set(`${kind} ${id}`, file);
    return file !== null;
  }

  remove(kind: Kind, id: string): void {
    this.files.delete(`${kind} ${id}`);
  }
}
