/** One call as it goes over the wire, and how its answer is read. */
export type ZohoPath = `/books/v3/${string}` | `/inventory/v1/${string}`;
export type ZohoBody = Record<string, unknown>;
export type ZohoMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What is asked of Zoho, typed by the kind of call. */
export type ZohoRequest =
  | { kind: 'read'; path: ZohoPath; query: Record<string, string> }
  | { kind: 'file'; path: ZohoPath; query: Record<string, string>; maxBytes: number }
  | {
      kind: 'write';
      method: Exclude<ZohoMethod, 'GET'>;
      path: ZohoPath;
      query: Record<string, string>;
      /** Undefined: a call without a body, such as one that changes a status. */
      body: ZohoBody | undefined;
      headers: Record<string, string>;
    }
  | { kind: 'upload'; path: ZohoPath; query: Record<string, string>; field: string; file: ZohoFile };

/** Bytes of a record, such as its image. */
export interface ZohoFile {
  body: Buffer;
  /** As Zoho names it, without parameters; empty when it says nothing. */
  contentType: string;
  fileName: string | null;
}

export const methodOf = (request: ZohoRequest): ZohoMethod =>
  request.kind === 'write' ? request.method : request.kind === 'upload' ? 'POST' : 'GET';

/** Whether something at Zoho may have changed although no answer came. */
export const isWriting = (request: ZohoRequest): boolean => request.kind === 'write' || request.kind === 'upload';

/** The part of the call that `fetch` takes, without the token. */
export function initOf(request: ZohoRequest): {
  method: ZohoMethod;
  headers: Record<string, string>;
  body?: string | FormData;
} {
  const method = methodOf(request);
  switch (request.kind) {
    case 'read':
      return { method, headers: { Accept: 'application/json' } };
    case 'file':
      return { method, headers: { Accept: 'image/*, application/octet-stream, application/json' } };
    case 'upload': {
      const { body, contentType, fileName } = request.file;
      const form = new FormData();
      form.set(request.field, new Blob([new Uint8Array(body)], { type: contentType }), fileName ?? request.field);
      return { method, headers: { Accept: 'application/json' }, body: form };
    }
    case 'write': {
      const headers = { ...request.headers, Accept: 'application/json' };
      if (request.body === undefined) return { method, headers };
      return {
        method,
        headers: { ...headers, 'Content-Type': 'application/json;charset=UTF-8' },
        body: JSON.stringify(request.body),
      };
    }
  }
}

const DISPOSITION = /filename\*?=(?:UTF-8'')?"?([^";]+)"?/i;

/** The bytes of an answer, read no further than they may be; null when there are more. */
export async function fileOf(response: Response, maxBytes: number): Promise<ZohoFile | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    size += read.value.byteLength;
    if (size > maxBytes) {
      await reader?.cancel();
      return null;
    }
    chunks.push(read.value);
  }
  const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';');
  const fileName = DISPOSITION.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? null;
  return { body: Buffer.concat(chunks), contentType: contentType.trim().toLowerCase(), fileName };
}
