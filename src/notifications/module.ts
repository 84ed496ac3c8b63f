import type { Follower, Module, Services } from '../platform/module.js';
import { createNoticeFollower } from './notice-follower.js';
import { NoticeCursorRow } from './notice-cursor.entity.js';

/**
 * Notifications: who must know. Deployments and alerts of the sync are told by Telegram, from the event log, in the roles `notify` and `all`.
 *
 * - A notice is sent once however many processes there are; test/notifications holds it, restarts and kills included.
 * - Telegram's absence holds up nothing but the notices, and loses none.
 * - Notices of backups and checks are sent by ops itself: they must arrive while the server is down.
 */
export const notificationsModule: Module = {
  name: 'notifications',
  entities: [NoticeCursorRow],
  resolvers: [],
  permissions: {},
  followers: (services) => [followerOf(services)],
};

function followerOf(services: Services): Follower {
  const { telegram, role } = services.config;
  if (telegram !== null) return createNoticeFollower(services, { telegram, environment: services.config.appEnv });
  if (role === 'notify') {
    services.log.warn('ROLE is notify without TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID: nobody is told anything.');
  }
  return {
    name: 'notices',
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    state: () => 'off: Telegram is not set',
  };
}
