import { SCOPES } from '../kernel/scopes.js';
import { NO_ROW_SCOPE, type RowScope } from '../kernel/viewer.js';
import type { ModuleParts, Services } from '../platform/module.js';
import { createAuthenticator } from './authenticate.js';
import { findUnknownScopes, hasActiveOwner } from './identity.queries.js';
import { ensureOwner } from './owner.service.js';
import { createAccessTokens } from './tokens.js';

declare module '../platform/module.js' {
  interface Services {
    /** What a person stands for beyond the role. Downstream modules know; without them nobody stands for anything. */
    rowScopeOf(userId: string): Promise<RowScope>;
  }
}

export function identityParts(services: Services): ModuleParts {
  const { config, db, log, transact } = services;
  const tokens = createAccessTokens(config.jwtSecret);
  const rowScopeOf = (userId: string): Promise<RowScope> => services.rowScopeOf(userId);
  const authenticator = createAuthenticator({ db, tokens, deployToken: config.deployToken, rowScopeOf });
  return {
    provides: { tokens, authenticator, rowScopeOf: () => Promise.resolve(NO_ROW_SCOPE) },
    onEvent: (event) => authenticator.onEvent(event),
    async start() {
      if (config.admin) await ensureOwner(transact, config.admin);
      if (config.role !== 'all' && config.role !== 'api') return;
      if (!config.admin && !(await hasActiveOwner(db.read))) {
        log.warn('Nobody can sign in as an owner. Run: npm run owner -- --email you@example.com');
      }
      // A scope that an earlier or a newer release granted grants nothing here; its owner should not have to guess.
      for (const { name, scopes } of await findUnknownScopes(db.read, Object.keys(SCOPES))) {
        log.warn(
          { apiKey: name, scopes },
          'An API key has scopes that this release does not know; they grant nothing.',
        );
      }
    },
  };
}
