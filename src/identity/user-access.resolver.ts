import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { AppError, forbidden, notFound } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { can, type Role } from '../kernel/viewer.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { equals } from '../platform/read/sql.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { SessionFilter, SessionSort, SignUpFilter, SignUpSort } from './identity.inputs.js';
import { findLinkHolder, findPerson, isPendingSignUp, sessionRead, signUpRead, userById } from './identity.queries.js';
import { SessionInfo } from './session-info.js';
import { SessionTokens } from './identity.resolver.js';
import { networkOf } from './network.js';
import { assertPassword, PASSWORD_FAILS } from './password-rules.js';
import { hashPassword } from './passwords.js';
import { openSession, revokeSession, type SignedIn } from './session.service.js';
import { countStranger, countWrongLink, isOwnPassword } from './sign-in.service.js';
import { SignUp } from './sign-up.entity.js';
import { assertSignUp, recordSignUp, signUpConsumer } from './sign-up.service.js';
import { hashSecret } from './tokens.js';
import { RoleEnum, User } from './user.entity.js';
import {
  changePassword,
  createPasswordReset,
  inviteUser,
  invalidLink,
  redeemLink,
  updateUser,
  type IssuedLink,
} from './user.service.js';
import { msg } from '../kernel/message.js';

@ObjectType({ description: 'A link that works once. The token is shown now and never again; hand it over yourself.' })
export class OneTimeToken implements IssuedLink {
  @Field(() => ID)
  userId!: string;

  @Field(() => String, { description: 'For `redeemLink`.' })
  token!: string;

  @Field(() => DateTime)
  expiresAt!: Date;
}

@ObjectType()
export class PasswordChanged {
  @Field(() => ID)
  userId!: string;
}

@ObjectType()
export class SessionRevoked {
  @Field(() => ID)
  id!: string;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateUserInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => RoleEnum, { nullable: true })
  role?: Role | null;

  @Field(() => Boolean, { nullable: true, description: 'False ends all sessions at once.' })
  active?: boolean | null;
}

const SignUpConnection = connectionOf(SignUp, 'SignUp');
const SessionConnection = connectionOf(SessionInfo, 'SessionInfo');
const session = { type: SessionTokens, name: 'Session' };
const link = { type: OneTimeToken, name: 'OneTimeToken' };
const inviteResult = defineResult<IssuedLink>('InviteUserResult', link, inviteUser.fails);
const resetResult = defineResult<IssuedLink>('CreatePasswordResetResult', link, createPasswordReset.fails);
const redeemResult = defineResult<SignedIn>('RedeemLinkResult', session, [
  ...redeemLink.fails,
  ...PASSWORD_FAILS,
  'THROTTLED',
]);
const signUpResult = defineResult<SignedIn>('SignUpResult', session, [
  ...signUpConsumer.fails,
  ...PASSWORD_FAILS,
  'THROTTLED',
  'VERIFICATION_NEEDED',
]);
const changeResult = defineResult('ChangePasswordResult', { type: PasswordChanged, name: 'PasswordChanged' }, [
  ...PASSWORD_FAILS,
  'INVALID_CREDENTIALS',
  'THROTTLED',
]);
const updateResult = defineResult<User>('UpdateUserResult', { type: User, name: 'User' }, updateUser.fails);
const revokeResult = defineResult(
  'RevokeSessionResult',
  { type: SessionRevoked, name: 'SessionRevoked' },
  revokeSession.fails,
);

@Resolver()
export class UserAccessResolver {
  @Mutation(() => signUpResult.type, {
    description:
      'A consumer signs up. With SIGN_UP=verified nothing is occupied until the link that goes to the address is redeemed, and a taken address gets the same answer: VerificationNeededError. With SIGN_UP=open, for demos and development, the user is created at once. 20 tries a network in 15 minutes.',
  })
  signUp(
    @Ctx() context: Context,
    @Arg('email', () => String) email: string,
    @Arg('password', () => String) password: string,
    @Arg('name', () => String) name: string,
  ): Promise<object> {
    const { services } = context;
    return signUpResult.run(context, async () => {
      await countStranger(services, 'sign-up', context.address);
      await assertSignUp({ email, name, password });
      if (services.config.signUp === 'verified') {
        const { id, token, ...pending } = await context.transact((tx) => recordSignUp(tx, { email, name }));
        // Until mail exists, whoever reads the log hands the link over.
        const text = token === null ? 'somebody signed up with the address of an account' : `redeemLink token ${token}`;
        services.log.info({ signUpId: id, email: pending.email }, `sign-up: ${text}`);
        throw new AppError('VERIFICATION_NEEDED', msg`Open the link that was sent to this address to finish.`);
      }
      const passwordHash = await hashPassword(password);
      const user = await context.transact((tx) => signUpConsumer(tx, { email, name, passwordHash }));
      return openSession(services, { userId: user.id, network: networkOf(context.address), device: null });
    });
  }

  @Query(() => SignUpConnection, {
    description: 'Who signed up and has not redeemed the link yet, for a day. Staff approves by inviteUser.',
  })
  signUps(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SignUpFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SignUpSort, { defaultValue: SignUpSort.CREATED_DESC }) orderBy: keyof typeof SignUpSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof signUpRead>>> {
    const sort = sortNamed<SignUp>(SignUpSort, orderBy);
    return readPage(context, signUpRead, {
      args,
      info,
      sort,
      where: [isPendingSignUp, filtered(SignUpFilter, filter)],
    });
  }

  @Mutation(() => inviteResult.type, {
    description:
      'Creates a user and a link that sets the password, valid once and for 7 days. A user whose address was never verified is taken over. Nobody gives a role beyond their own.',
  })
  inviteUser(
    @Ctx() context: Context,
    @Arg('email', () => String) email: string,
    @Arg('name', () => String) name: string,
    @Arg('role', () => RoleEnum) role: Role,
  ): Promise<object> {
    return inviteResult.run(context, () =>
      context.transact((tx) => inviteUser(tx, context.viewer, { email, name, role })),
    );
  }

  @Mutation(() => resetResult.type, {
    description: 'A link, good once and for an hour, that sets a new password and ends all sessions.',
  })
  createPasswordReset(@Ctx() context: Context, @Arg('userId', () => ID) userId: string): Promise<object> {
    return resetResult.run(context, () => context.transact((tx) => createPasswordReset(tx, context.viewer, userId)));
  }

  @Mutation(() => redeemResult.type, {
    description: 'Uses a one-time link, of an invitation, a reset or a sign-up: sets the password and signs in.',
  })
  redeemLink(
    @Ctx() context: Context,
    @Arg('token', () => String) token: string,
    @Arg('password', () => String) password: string,
  ): Promise<object> {
    const { services } = context;
    return redeemResult.run(context, async () => {
      const holder = await findLinkHolder(services.db, hashSecret(token));
      if (!holder) {
        await countWrongLink(services, context.address);
        throw invalidLink();
      }
      await assertPassword(password, 'password', holder);
      const passwordHash = await hashPassword(password);
      const userId = await context.transact((tx) => redeemLink(tx, { token, passwordHash }));
      return openSession(services, { userId, network: networkOf(context.address), device: null });
    });
  }

  @Mutation(() => changeResult.type, { description: 'All other sessions of the person end.' })
  changePassword(
    @Ctx() context: Context,
    @Arg('currentPassword', () => String) currentPassword: string,
    @Arg('newPassword', () => String) newPassword: string,
  ): Promise<object> {
    const { services, viewer } = context;
    return changeResult.run(context, async () => {
      if (viewer.kind !== 'user') throw forbidden(msg`A key has no password.`);
      const person = await findPerson(services.db, viewer.userId);
      if (!person) throw notFound('User', viewer.userId);
      await checkAll(
        async () => {
          if (await isOwnPassword(services, person, currentPassword)) return;
          throw new AppError('INVALID_CREDENTIALS', msg`The present password is not right.`, {
            field: 'currentPassword',
          });
        },
        () => assertPassword(newPassword, 'newPassword', person),
      );
      const { userId, sessionId: keepSessionId } = viewer;
      const passwordHash = await hashPassword(newPassword);
      await context.transact((tx) => changePassword(tx, { userId, passwordHash, keepSessionId }));
      return { userId };
    });
  }

  @Mutation(() => updateResult.type, {
    description: 'Only an owner changes owners, and the last one stays. An inactive user is signed out at once.',
  })
  updateUser(@Ctx() context: Context, @Arg('input', () => UpdateUserInput) input: UpdateUserInput): Promise<object> {
    return updateResult.run(context, async () => {
      await context.transact((tx) => updateUser(tx, context.viewer, input));
      const user = await context.load(userById, input.id);
      if (!user) throw notFound('User', input.id);
      return user;
    });
  }

  @Query(() => SessionConnection, { description: "One's own sessions; those of others with users:manage." })
  sessions(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('userId', () => ID, { nullable: true }) userId: string | null,
    @Arg('filter', () => SessionFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SessionSort, { defaultValue: SessionSort.CREATED_DESC }) orderBy: keyof typeof SessionSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof sessionRead>>> {
    const own = context.viewer.kind === 'user' ? context.viewer.userId : null;
    const whose = userId ?? own;
    if (whose !== own && !can(context.viewer, 'users:manage')) throw forbidden(msg`These are not your sessions.`);
    if (whose !== null && !isId(whose)) throw notFound('User', whose, 'userId');
    return readPage(context, sessionRead, {
      args,
      info,
      sort: sortNamed<SessionInfo>(SessionSort, orderBy),
      where: [(session) => equals(session.userId, whose, 'uuid'), filtered(SessionFilter, filter)],
    });
  }

  @Mutation(() => revokeResult.type, { description: 'Ends a session and its sockets at once. Again is a no-op.' })
  revokeSession(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return revokeResult.run(context, async () => {
      await context.transact((tx) => revokeSession(tx, context.viewer, id));
      return { id };
    });
  }
}
