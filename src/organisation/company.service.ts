import { now } from '../kernel/clock.js';
import { badInput, staleVersion } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Company, COMPANY_ID, CompanyLogo, type PaperDigits } from './company.entity.js';
import { assertNames } from '../kernel/naming.js';

const MAX_PHONES = 5;
const MAX_PHONE = 40;
const LIMITS = {
  address: 300,
  addressAr: 300,
  email: 200,
  website: 200,
  taxNumber: 50,
  footer: 300,
  footerAr: 300,
  publicUrl: 200,
} as const;
type OptionalText = keyof typeof LIMITS;

export interface CompanyPatch extends Partial<Record<OptionalText, string | null | undefined>> {
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  phones?: string[] | undefined;
  digits?: PaperDigits | undefined;
  removeLogo?: boolean | null | undefined;
}

function assertTexts(input: CompanyPatch): void {
  assertAll(
    ...(Object.keys(LIMITS) as OptionalText[]).map((field) => () => {
      const value = input[field];
      if (value != null && (value.trim() === '' || value.length > LIMITS[field])) {
        throw badInput(field, msg`This text has 1 to ${LIMITS[field]} characters.`);
      }
    }),
  );
}

function assertPhones(phones: readonly string[] | undefined): void {
  if (phones === undefined) return;
  if (phones.length > MAX_PHONES) throw badInput('phones', msg`There are at most ${MAX_PHONES} phone numbers.`);
  if (phones.some((phone) => phone.trim() === '' || phone.length > MAX_PHONE)) {
    throw badInput('phones', msg`A phone number has 1 to ${MAX_PHONE} characters.`);
  }
}

/** The address of a code that strangers scan: a host, nothing behind it. */
function assertPublicUrl(url: string | null | undefined): void {
  if (url == null || url.trim() === '') return;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isPlain = parsed !== null && /^https?:$/.test(parsed.protocol) && url.replace(/\/$/, '') === parsed.origin;
  if (!isPlain) throw badInput('publicUrl', msg`Give an address such as https://erp.example.com, without a path.`);
}

const trimmed = (text: string | null): string | null => text?.trim() ?? null;

/** Changes what is given. Documents do not keep it: they are printed with the details of the day of printing. */
export const updateCompany = defineCommand(
  ['BAD_INPUT', 'STALE_VERSION'],
  async (tx: Tx, input: CompanyPatch): Promise<void> => {
    const company = await tx.em.findOneOrFail(Company, COMPANY_ID);
    assertAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'phones', 'digits']),
      () => assertNames(input),
      () => assertTexts(input),
      () => assertPhones(input.phones),
      () => assertPublicUrl(input.publicUrl),
    );
    if (company.version !== input.version) throw staleVersion(company.version);
    const { name = company.name, nameAr = company.nameAr, digits = company.digits } = input;
    const phones = input.phones?.map((phone) => phone.trim()) ?? company.phones;
    Object.assign(company, { name: name.trim(), nameAr: nameAr.trim(), digits, phones });
    for (const field of Object.keys(LIMITS) as OptionalText[]) {
      const value = input[field];
      if (value !== undefined) company[field] = trimmed(value);
    }
    if (input.publicUrl != null) company.publicUrl = input.publicUrl.trim().replace(/\/$/, '');
    if (input.removeLogo === true) await replaceLogo(tx, company, null);
  },
);

async function replaceLogo(tx: Tx, company: Company, logo: CompanyLogo | null): Promise<void> {
  const former = company.logoId ?? null;
  company.logoId = logo?.id ?? null;
  await tx.em.flush();
  if (former !== null) tx.em.remove(tx.em.getReference(CompanyLogo, former));
}

export interface LogoImage {
  png: Buffer;
  width: number;
  height: number;
}

/** Puts another logo in the place of the present one; answers its id. */
export async function setCompanyLogo(tx: Tx, image: LogoImage): Promise<string> {
  const company = await tx.em.findOneOrFail(Company, COMPANY_ID);
  const logo = tx.em.create(CompanyLogo, { id: newId(), ...image, createdAt: now() });
  await replaceLogo(tx, company, logo);
  return logo.id;
}
