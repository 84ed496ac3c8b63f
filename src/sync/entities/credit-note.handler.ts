import { CreditNote } from '../../billing/credit-note.entity.js';
import { creditNoteRead, listCreditNoteRefs } from '../../billing/credit-note.queries.js';
import {
  upsertReportedCreditNote,
  voidGoneCreditNote,
  type CreditNoteSnapshot,
} from '../../receivables/reported-credit-note.service.js';
import { recordSync } from '../sync-link.queries.js';
import { creditNoteMapper, type ZohoCreditNote } from './credit-note.mapper.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { fetchRecord, listNewestFirst, todayOf } from './remote-records.js';

const notes: RemoteRecords = {
  path: '/books/v3/creditnotes',
  object: 'creditnote',
  list: 'creditnotes',
  id: 'creditnote_id',
};

export const creditNoteSync = defineEntitySync<ZohoCreditNote, CreditNoteSnapshot, { today: string }>({
  name: 'credit_notes',
  route: 'credit-notes',
  graphqlName: 'CREDIT_NOTE',
  local: { type: 'CreditNote', class: CreditNote, sync: recordSync('credit_notes', creditNoteRead) },
  remote: notes,
  needs: ['customers', 'products'],
  refetch: false,
  timeCoversAll: true,
  parse: creditNoteMapper.parse,
  toSnapshot: creditNoteMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, notes, remoteId, signal),
  list: (services, request, signal) => listNewestFirst(services, notes, request, signal),
  localRefs: (services) => listCreditNoteRefs(services.db),
  prepare: (services) => Promise.resolve({ today: todayOf(services) }),
  apply: (tx, snapshot, { today }, phase) => upsertReportedCreditNote(tx, snapshot, { today, phase }),
  applyGone: voidGoneCreditNote,
});
