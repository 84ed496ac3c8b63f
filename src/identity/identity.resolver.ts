import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { now } from '../kernel/clock.js';
import { unauthenticated } from '../kernel/errors.js';
import { AuditEntry } from '../platform/db/audit.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { ApiKey } from './api-key.entity.js';
import { createApiKey, revokeApiKey } from './api-key.service.js';
import { ApiKeyFilter, ApiKeySort, AuditEntryFilter, AuditEntrySort, UserFilter, UserSort } from './identity.inputs.js';
import { apiKeyRead, auditRead, userById, userRead } from './identity.queries.js';
import { ROLE_PERMISSIONS } from './permissions.js';
import { endSession, refreshSession, type SignedIn } from './session.service.js';
import { signIn } from './sign-in.service.js';
import { RoleEnum, User } from './user.entity.js';

@ObjectType('Session', {
  description:
    'A pair of tokens. The access token lasts 15 minutes; the refresh token is traded once for the next pair, and within 45 seconds of that, by another tab or after a lost answer, for the same one again.',
})
export class SessionTokens implements SignedIn {
  @Field(() => String)
  accessToken!: string;

  @Field(() => String)
  refreshToken!: string;

  @Field(() => DateTime, { description: 'When the access token ends.' })
  expiresAt!: Date;

  @Field(() => String, {
    nullable: true,
    description:
      'Keep it beyond the session and send it with the next `signIn`: wrong guesses of others then never hold you up. It opens nothing by itself and lasts 90 days. Null after a refresh.',
  })
  deviceToken!: string | null;

  userId!: string;
}

@ObjectType({ description: 'Who is calling.' })
export class Me {
  @Field(() => ID, { nullable: true, description: 'Null for an API key.' })
  userId!: string | null;

  @Field(() => String, { description: 'The name of the person or key.' })
  name!: string;

  @Field(() => RoleEnum, { nullable: true })
  role!: User['role'] | null;

  @Field(() => [String])
  permissions!: string[];
}

@ObjectType({ description: 'A new key with its secret, which is shown now and never again.' })
export class ApiKeyCreated {
  @Field(() => String)
  secret!: string;

  @Field(() => ApiKey)
  apiKey!: ApiKey;
}

@ObjectType()
export class ApiKeyRevoked {
  @Field(() => ID)
  id!: string;
}

const session = { type: SessionTokens, name: 'Session' };
const signInResult = defineResult<SignedIn>('SignInResult', session, signIn.fails);
const refreshResult = defineResult<SignedIn>('RefreshSessionResult', session, refreshSession.fails);
const createApiKeyResult = defineResult(
  'CreateApiKeyResult',
  { type: ApiKeyCreated, name: 'ApiKeyCreated' },
  createApiKey.fails,
);
const revokeApiKeyResult = defineResult(
  'RevokeApiKeyResult',
  { type: ApiKeyRevoked, name: 'ApiKeyRevoked' },
  revokeApiKey.fails,
);
const UserConnection = connectionOf(User, 'User');
const ApiKeyConnection = connectionOf(ApiKey, 'ApiKey');
const AuditConnection = connectionOf(AuditEntry, 'AuditEntry');

@Resolver()
export class SessionResolver {
  @Query(() => Me, { description: 'The caller and what it may do.' })
  async me(@Ctx() context: Context): Promise<Me> {
    const { viewer } = context;
    if (viewer.kind === 'anonymous') throw unauthenticated();
    const permissions = [...viewer.permissions].sort();
    if (viewer.kind === 'key') return { userId: null, name: viewer.name, role: null, permissions };
    const user = await context.load(userById, viewer.userId);
    return { userId: viewer.userId, name: user?.name ?? viewer.email, role: viewer.role, permissions };
  }

  @Mutation(() => signInResult.type, {
    description:
      'Only failures count: after 5 for one user from one network, or 20 of a network, the next try waits 2 to 30 seconds. Nobody is locked out: the device token of an earlier sign-in, or a network that the user has used before, is not delayed by the failures of others.',
  })
  signIn(
    @Ctx() context: Context,
    @Arg('email', () => String) email: string,
    @Arg('password', () => String) password: string,
    @Arg('device', () => String, { nullable: true, description: 'The deviceToken of an earlier sign-in.' })
    device: string | null,
  ): Promise<object> {
    const { address, requestId } = context;
    const input = { email, password, address, device: device ?? null, requestId };
    return signInResult.run(context, () => signIn(context.services, input));
  }

  @Mutation(() => refreshResult.type, {
    description:
      'Within 45 seconds the same token answers the same successor. A later second use means that it was copied, and ends its session.',
  })
  refreshSession(@Ctx() context: Context, @Arg('refreshToken', () => String) refreshToken: string): Promise<object> {
    return refreshResult.run(context, () => refreshSession(context.services, refreshToken));
  }

  @Mutation(() => Boolean, { description: 'Ends the session of the access token, its sockets too.' })
  async signOut(@Ctx() context: Context): Promise<boolean> {
    const { viewer } = context;
    if (viewer.kind !== 'user') return false;
    await context.transact((tx) => endSession(tx, viewer.sessionId, 'signed_out'));
    return true;
  }
}

@Resolver(() => User)
export class UserResolver {
  @Query(() => UserConnection, { description: 'People who can sign in.' })
  users(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => UserFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => UserSort, { defaultValue: UserSort.CREATED_DESC }) orderBy: keyof typeof UserSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof userRead>>> {
    const sort = sortNamed<User>(UserSort, orderBy);
    return readPage(context, userRead, { args, info, sort, where: [filtered(UserFilter, filter)] });
  }

  @Query(() => User, { nullable: true })
  user(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof userRead> | null> {
    return readOne(context, userRead, id, selectionOf(info));
  }

  @FieldResolver(() => [String], { description: 'What the role grants.' })
  permissions(@Root() user: User): readonly string[] {
    return ROLE_PERMISSIONS[user.role];
  }
}

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: 'Keys of programs, revoked ones too.' })
  apiKeys(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ApiKeyFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => ApiKeySort, { defaultValue: ApiKeySort.CREATED_DESC }) orderBy: keyof typeof ApiKeySort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof apiKeyRead>>> {
    const sort = sortNamed<ApiKey>(ApiKeySort, orderBy);
    return readPage(context, apiKeyRead, { args, info, sort, where: [filtered(ApiKeyFilter, filter)] });
  }

  @Query(() => ApiKey, { nullable: true })
  apiKey(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof apiKeyRead> | null> {
    return readOne(context, apiKeyRead, id, selectionOf(info));
  }

  @Mutation(() => createApiKeyResult.type, {
    description: 'The secret is shown once. Nobody grants more than they have.',
  })
  createApiKey(
    @Ctx() context: Context,
    @Arg('name', () => String) name: string,
    @Arg('scopes', () => [String]) scopes: string[],
    @Arg('expiresAt', () => DateTime, { nullable: true }) expiresAt: Date | null,
  ): Promise<object> {
    return createApiKeyResult.run(context, async () => {
      const input = { name, scopes, expiresAt: expiresAt ?? null };
      const { id, secret } = await context.transact((tx) => createApiKey(tx, context.viewer, input));
      const apiKey = { id, name, scopes, createdAt: now(), expiresAt: input.expiresAt };
      return { secret, apiKey: apiKey as ApiKey };
    });
  }

  @Mutation(() => revokeApiKeyResult.type, { description: 'Again is a no-op.' })
  revokeApiKey(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return revokeApiKeyResult.run(context, async () => {
      await context.transact((tx) => revokeApiKey(tx, id));
      return { id };
    });
  }
}

@Resolver(() => AuditEntry)
export class AuditResolver {
  @Query(() => AuditConnection, { description: 'Who changed what, newest first.' })
  auditLog(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => AuditEntryFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => AuditEntrySort, { defaultValue: AuditEntrySort.AT_DESC })
    orderBy: keyof typeof AuditEntrySort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof auditRead>>> {
    const sort = sortNamed<AuditEntry>(AuditEntrySort, orderBy);
    return readPage(context, auditRead, { args, info, sort, where: [filtered(AuditEntryFilter, filter)] });
  }
}
