import { listUserRefs, userRead } from '../../identity/identity.queries.js';
import { closeGoneUser, upsertReportedUser, type UserSnapshot } from '../../identity/reported-user.service.js';
import { User } from '../../identity/user.entity.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { fetchRecord, listRows } from './remote-records.js';
import { userMapper, type ZohoUser } from './user.mapper.js';

const users: RemoteRecords = { path: '/books/v3/users', object: 'user', list: 'users', id: 'user_id' };

export const userSync = defineEntitySync<ZohoUser, UserSnapshot, null>({
  name: 'users',
  route: 'users',
  graphqlName: 'USER',
  local: { type: 'User', class: User, sync: recordSync('users', userRead) },
  remote: users,
  needs: [],
  refetch: true,
  timeCoversAll: false,
  listIsWhole: true,
  parse: userMapper.parse,
  toSnapshot: userMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, users, remoteId, signal),
  list: (services, request, signal) => listRows(services, users, request, signal),
  localRefs: (services) => listUserRefs(services.db),
  prepare: () => Promise.resolve(null),
  apply: (tx, snapshot) => upsertReportedUser(tx, snapshot),
  applyGone: closeGoneUser,
});
