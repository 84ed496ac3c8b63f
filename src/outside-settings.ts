import path from 'node:path';
import type { Language } from './kernel/viewer.js';
import { readSecrets } from './secrets-file.js';
import { ConfigFault, Reader, type Environment } from './settings-reader.js';

/** The settings of what lies outside of the program: its database, Zoho or the simulator of it, Telegram, traces. */

export interface ZohoConfig {
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  organizationId: string;
  apiUrl: string;
  accountsUrl: string;
  /** True when ZOHO_API_URL was given: then `api_domain` of the token answer does not replace it. */
  apiUrlFixed: boolean;
  requestsPerMinute: number;
  concurrency: number;
}

/** What goes wrong with the webhooks of the bundled simulator, each by chance in percent. */
export interface SimulatorFaults {
  dropPercent: number;
  duplicatePercent: number;
  reorderPercent: number;
  delayMs: number;
}

/** What the simulator alone needs to know. */
export interface SimulatorSettings {
  port: number;
  items: number;
  contacts: number;
  /** Invoices of half a year; orders, payments, credit notes, bills and adjustments in proportion. */
  documents: number;
  webhooksTo: string;
  webhookSecret: string;
  eventsPerMinute: number;
  faults: SimulatorFaults;
}

export interface TelegramConfig {
  apiUrl: string;
  token: string;
  chatId: string;
  language: Language;
}

/** Where traces go; nothing is loaded for them without it. */
export interface TracingConfig {
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  /** Share of the traces that is recorded, 0 to 1. */
  sampleRatio: number;
}

const DATA_CENTERS: Record<string, { accounts: string; api: string }> = {
  com: { accounts: 'https://accounts.zoho.com', api: 'https://www.zohoapis.com' },
  eu: { accounts: 'https://accounts.zoho.eu', api: 'https://www.zohoapis.eu' },
  in: { accounts: 'https://accounts.zoho.in', api: 'https://www.zohoapis.in' },
  'com.au': { accounts: 'https://accounts.zoho.com.au', api: 'https://www.zohoapis.com.au' },
  jp: { accounts: 'https://accounts.zoho.jp', api: 'https://www.zohoapis.jp' },
  ca: { accounts: 'https://accounts.zohocloud.ca', api: 'https://www.zohoapis.ca' },
  'com.cn': { accounts: 'https://accounts.zoho.com.cn', api: 'https://www.zohoapis.com.cn' },
  sa: { accounts: 'https://accounts.zoho.sa', api: 'https://www.zohoapis.sa' },
};

const POSTGRES = ['postgres:', 'postgresql:'];
const HTTP = ['http:', 'https:'];

export function databaseUrl(reader: Reader): string | null {
  const url = reader.url('DATABASE_URL', POSTGRES);
  const host = reader.text('DB_HOST');
  const name = reader.text('DB_NAME') ?? 'tsh_erp';
  const user = encodeURIComponent(reader.text('DB_USER') ?? 'postgres');
  const password = encodeURIComponent(reader.text('DB_PASSWORD') ?? '');
  const port = reader.integer('DB_PORT', 5432, 1, 65535);
  return url !== null || host === null ? url : `postgresql://${user}:${password}@${host}:${port}/${name}`;
}

export function readZoho(reader: Reader): ZohoConfig | null {
  const center = reader.choice('ZOHO_DATA_CENTER', Object.keys(DATA_CENTERS), 'com');
  const hosts = DATA_CENTERS[center] as { accounts: string; api: string };
  const apiUrl = reader.url('ZOHO_API_URL', HTTP);
  const accountsUrl = reader.url('ZOHO_ACCOUNTS_URL', HTTP);
  const names = ['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET', 'ZOHO_REFRESH_TOKEN', 'ZOHO_ORGANIZATION_ID'] as const;
  const values = names.map((name) => reader.text(name));
  const requestsPerMinute = reader.integer('ZOHO_REQUESTS_PER_MINUTE', 90, 1, 10_000);
  const concurrency = reader.integer('ZOHO_CONCURRENCY', 5, 1, 100);
  const missing = names.filter((_, index) => values[index] === null);
  if (missing.length === names.length) return null;
  if (missing.length > 0) {
    reader.faults.push(`${missing.join(', ')} missing: give all four ZOHO_* credentials, or none for the demo.`);
    return null;
  }
  const [clientId, clientSecret, refreshToken, organizationId] = values as [string, string, string, string];
  return {
    clientId,
    clientSecret,
    refreshToken,
    organizationId,
    apiUrl: apiUrl ?? hosts.api,
    accountsUrl: accountsUrl ?? hosts.accounts,
    apiUrlFixed: apiUrl !== null,
    requestsPerMinute,
    concurrency,
  };
}

export function readTelegram(reader: Reader): TelegramConfig | null {
  const token = reader.text('TELEGRAM_BOT_TOKEN');
  const chatId = reader.text('TELEGRAM_CHAT_ID');
  const apiUrl = reader.url('TELEGRAM_API_URL', HTTP) ?? 'https://api.telegram.org';
  const language = reader.choice('NOTIFY_LANGUAGE', ['en', 'ar'] as const, 'en');
  if ((token === null) !== (chatId === null)) {
    reader.faults.push('Give both TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or neither.');
  }
  return token !== null && chatId !== null ? { apiUrl: apiUrl.replace(/\/$/, ''), token, chatId, language } : null;
}

export function readTracing(reader: Reader): TracingConfig | null {
  const endpoint = reader.url('OTEL_EXPORTER_OTLP_ENDPOINT', HTTP);
  const serviceName = reader.text('OTEL_SERVICE_NAME') ?? 'tsh-erp';
  const sampleRatio = reader.number('OTEL_TRACES_SAMPLER_ARG', 1, 0, 1);
  const headers: Record<string, string> = {};
  for (const pair of reader.list('OTEL_EXPORTER_OTLP_HEADERS')) {
    const [, name, value] = /^([\w-]+)\s*=\s*(\S.*)$/.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) headers[name] = decodeText(value);
    else reader.faults.push('OTEL_EXPORTER_OTLP_HEADERS is not of the form name=value,name=value.');
  }
  return endpoint === null ? null : { endpoint, headers, serviceName, sampleRatio };
}

/** Values are percent-encoded, as the specification of these settings wants. */
function decodeText(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

export function readSimulator(reader: Reader): Pick<SimulatorSettings, 'documents' | 'eventsPerMinute' | 'faults'> {
  return {
    documents: reader.integer('SIMULATOR_DOCUMENTS', 400, 0, 100_000),
    eventsPerMinute: reader.integer('SIMULATOR_EVENTS_PER_MINUTE', 60, 0, 60_000),
    faults: {
      dropPercent: reader.integer('SIMULATOR_DROP_PERCENT', 0, 0, 100),
      duplicatePercent: reader.integer('SIMULATOR_DUPLICATE_PERCENT', 0, 0, 100),
      reorderPercent: reader.integer('SIMULATOR_REORDER_PERCENT', 0, 0, 100),
      delayMs: reader.integer('SIMULATOR_DELAY_MS', 0, 0, 60_000),
    },
  };
}

const SIMULATED_SECRET = 'simulated-webhook-secret';

/** The settings of the simulator alone. Without a secret that is set or kept, it signs with one of its own. */
export function readSimulatorSettings(environment: Environment): SimulatorSettings {
  const reader = new Reader(environment);
  const dataDir = path.resolve(reader.text('DATA_DIR') ?? '.data');
  const settings: SimulatorSettings = {
    ...readSimulator(reader),
    port: reader.integer('SIMULATOR_PORT', 8090, 0, 65_535),
    items: reader.integer('SIMULATOR_ITEMS', 2218, 1, 100_000),
    contacts: reader.integer('SIMULATOR_CONTACTS', 220, 0, 100_000),
    webhooksTo: (reader.url('SIMULATOR_WEBHOOKS_TO', ['http:', 'https:']) ?? 'http://localhost:8000').replace(
      /\/$/,
      '',
    ),
    webhookSecret: reader.text('ZOHO_WEBHOOK_SECRET') ?? (readSecrets(dataDir)?.webhookSecret || SIMULATED_SECRET),
  };
  if (reader.faults.length > 0) throw new ConfigFault(reader.faults);
  return settings;
}
