import { idBefore, type Retention } from '../platform/queue/retention.js';

export const identityRetention: readonly Retention[] = [
  // A session lasts 30 days; it is shown for 30 more.
  { table: 'sessions', old: `id < ${idBefore('60 days')} and expires_at < now()`, age: 'id' },
  // A used token that comes back later than this is refused like an unknown one, and no longer ends its session.
  { table: 'refresh_tokens', old: `id < ${idBefore('7 days')} and used_at is not null`, age: 'id' },
  { table: 'one_time_links', old: `expires_at < now() - interval '30 days'`, age: 'expires_at' },
  { table: 'sign_ups', old: 'expires_at < now()', age: 'expires_at' },
  { table: 'known_networks', old: `seen_at < now() - interval '90 days'`, age: 'seen_at' },
  { table: 'sign_in_throttles', old: `window_until < now() - interval '1 hour'`, age: 'window_until' },
];
