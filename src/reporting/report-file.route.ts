import { type Request, type Response, Router } from 'express';
import { businessDate } from '../kernel/clock.js';
import { forbidden, notFound, unauthenticated } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { languageOf } from '../kernel/translate.js';
import { can, type Language, type Viewer } from '../kernel/viewer.js';
import { createFairGate, type FairGate } from '../platform/fair-gate.js';
import { connectionsOf } from '../platform/gates.js';
import { abortSignalOf } from '../platform/http/abort.js';
import { addressOf, credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { subjectOf } from '../platform/rate-limit.js';
import { type ReportColumn, type ReportDefinition, reportStatement } from '../platform/read/report.js';
import { csvLine, ENCODING_MARK } from './csv.js';
import { filtersOf, REPORT_FILES } from './report-files.js';

type Row = Readonly<Record<string, string | number | null>>;

interface Format {
  type: string;
  begin(columns: readonly ReportColumn[], language: Language): string;
  line(row: Row, columns: readonly ReportColumn[]): string;
}

const textOf = (value: string | number | null | undefined): string | null => (value == null ? null : String(value));

const FORMATS: Readonly<Record<string, Format>> = {
  csv: {
    type: 'text/csv; charset=utf-8',
    begin: (columns, language) => ENCODING_MARK + csvLine(columns.map(({ heads }) => heads[language])),
    line: (row, columns) => csvLine(columns.map(({ name }) => textOf(row[name]))),
  },
  jsonl: {
    type: 'application/jsonl',
    begin: () => '',
    line: (row, columns) =>
      `${JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null])))}\n`,
  },
};

/** What a file costs of the budget of a minute, beside the time of its reads: as much as a page of a report. */
const COST = 3000;

/**
 * GET /files/reports/<root field>.csv or .jsonl, with the arguments of the field as words of the address and `language`
 * for the heads. The same statement, permission and rows as the field, without a limit: read by a cursor in one snapshot,
 * as fast as the client takes it; when the client goes, the statement ends.
 */
export function reportFileRoutes(services: Services): Router {
  // A file holds a connection for as long as its reader takes.
  const total = Math.max(1, Math.floor(connectionsOf(services.config).clients / 4));
  const gate = createFairGate({ total, perSubject: 1, waitingPerSubject: 2, burst: 8, queue: 4, standingMs: 5000 });
  const router = Router();
  router.get('/files/reports/:file', async (request, response) => {
    const viewer = await services.authenticator.viewerOf(credentialsOf(request));
    if (viewer.kind === 'anonymous') throw unauthenticated();
    const address = addressOf(request, services.config.trustProxy);
    services.rateLimiter.assertWithin(viewer, address);
    const file = fileOf(request, viewer, services);
    const { databaseMs } = await inTurn(gate, subjectOf(viewer, address), response, (signal) =>
      send(services, file, response, signal),
    );
    services.rateLimiter.charge(viewer, address, { cost: COST, databaseMs });
  });
  return router;
}

interface ReportFile {
  name: string;
  format: Format;
  language: Language;
  columns: readonly ReportColumn[];
  statement: ReturnType<typeof reportStatement>;
}

/** What is asked for, as the viewer may see it. Throws NOT_FOUND, FORBIDDEN, BAD_INPUT. */
function fileOf(request: Request, viewer: Viewer, services: Services): ReportFile {
  const name = String(request.params['file']);
  const [, root = '', ending = ''] = /^(\w+)\.(\w+)$/.exec(name) ?? [];
  const [report, format] = [REPORT_FILES.get(root), FORMATS[ending]];
  if (!report || !format) throw notFound('File', name);
  if (!can(viewer, report.permission)) throw forbidden(msg`You need the permission ${report.permission}.`);
  const { language, ...words } = request.query;
  const { timeZone } = services.config;
  const today = businessDate(timeZone);
  return {
    name,
    format,
    language: language === 'ar' || language === 'en' ? language : languageOf(request.get('accept-language')),
    columns: columnsFor(report, viewer),
    statement: reportStatement(report, { ...filtersOf(report, words, today), viewer, today, timeZone }),
  };
}

const columnsFor = ({ columns }: ReportDefinition, viewer: Viewer): ReportColumn[] =>
  columns.filter(({ permission }) => permission === undefined || can(viewer, permission));

function inTurn<T>(
  gate: FairGate,
  subject: string,
  response: Response,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = abortSignalOf(response);
  return gate.run(subject, signal, () => work(signal));
}

async function send(
  services: Services,
  { name, format, language, columns, statement }: ReportFile,
  response: Response,
  signal: AbortSignal,
): Promise<{ databaseMs: number }> {
  const parts = services.db.stream<Row>(statement.text, statement.values, signal);
  let databaseMs = 0;
  const next = async (): Promise<IteratorResult<Row[]>> => {
    const begun = performance.now();
    const part = await parts.next();
    databaseMs += performance.now() - begun;
    return part;
  };
  try {
    // What fails before the first row is still answered with a status.
    let part = await next();
    response.setHeader('Content-Type', format.type);
    response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
    response.setHeader('Cache-Control', 'private, no-store');
    response.write(format.begin(columns, language));
    for (; !part.done; part = await next()) {
      const taken = response.write(part.value.map((row) => format.line(row, columns)).join(''));
      if (!taken) await drained(response);
      if (response.destroyed) break;
    }
    response.end();
  } catch (error) {
    if (!response.headersSent && !signal.aborted) throw error;
    // A file that ends early must not look whole.
    response.destroy();
    if (!signal.aborted) services.log.warn({ file: name, error }, 'A report ended before its last row.');
  } finally {
    await parts.return(undefined);
  }
  return { databaseMs };
}

function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
    if (response.destroyed) go();
  });
}
