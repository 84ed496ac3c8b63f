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
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/page.js';
import { DateTime } from '../platform/graphql/scalars.js';
import {
  defineResult,
  InvalidCredentialsError,
  InvalidInputError,
  NotFoundError,
  ThrottledError,
} from '../platform/graphql/user-error.js';
import { ApiKey } from './api-key.entity.js';
import { createApiKey, revokeApiKey } from './api-key.service.js';
import { apiKeyList, auditList, userById, userList } from './identity.queries.js';
import { AuditFilter } from './identity.inputs.js';
import { ROLE_PERMISSIONS } from './permissions.js';
import { endSession, refreshSession, signIn, type SignedIn } from './session.service.js';
import { RoleEnum, User } from './user.entity.js';

@ObjectType('Session', {
  description: 'A pair of tokens. The access token lasts 15 minutes; the refresh token works once.',
})
export class SessionTokens implements SignedIn {
  @Field(() => String)
  accessToken!: string;

  @Field(() => String)
  refreshToken!: string;

  @Field(() => DateTime, { description: 'When the access token ends.' })
  expiresAt!: Date;

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

const signInResult = defineResult<SignedIn>('SignInResult', { type: SessionTokens, name: 'Session' }, [
  InvalidCredentialsError,
  ThrottledError,
]);
const refreshResult = defineResult<SignedIn>('RefreshSessionResult', { type: SessionTokens, name: 'Session' }, [
  InvalidCredentialsError,
]);
const createApiKeyResult = defineResult('CreateApiKeyResult', { type: ApiKeyCreated, name: 'ApiKeyCreated' }, [
  InvalidInputError,
]);
const revokeApiKeyResult = defineResult('RevokeApiKeyResult', { type: ApiKeyRevoked, name: 'ApiKeyRevoked' }, [
  NotFoundError,
]);
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
    description: 'Throttled to 5 tries an account and 20 an address in 15 minutes.',
  })
  signIn(
    @Ctx() context: Context,
    @Arg('email', () => String) email: string,
    @Arg('password', () => String) password: string,
  ): Promise<object> {
    return signInResult.run(context, () => signIn(context.services, { email, password, address: context.address }));
  }

  @Mutation(() => refreshResult.type, { description: 'A second use of the same token ends its session.' })
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
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<User>> {
    return readPage(context, userList, {
      args,
      order: 'CREATED',
      info,
    });
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
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ApiKey>> {
    return readPage(context, apiKeyList, {
      args,
      order: 'CREATED',
      info,
    });
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
      const { id, secret } = await context.transact((tx) => Promise.resolve(createApiKey(tx, context.viewer, input)));
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
    @Arg('filter', () => AuditFilter, { nullable: true }) filter: AuditFilter | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AuditEntry>> {
    const params = new Params();
    const where = compileFilter(filter, AuditFilter.columns, params);
    return readPage(context, auditList, {
      args,
      order: 'AT_DESC',
      where: [where],
      params,
      info,
    });
  }
}
