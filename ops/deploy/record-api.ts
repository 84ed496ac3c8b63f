import { ask, reasonOf } from './http.js';

/** The GraphQL operations of the server's deployment record, as far as the deployer speaks them. */
export const OPERATIONS = {
  start: `mutation($input: StartDeploymentInput!) { startDeployment(input: $input) {
    __typename ... on UserError { code message } } }`,
  status: `mutation($id: ID!, $status: DeploymentStatus!, $message: String, $sequence: Int, $step: String,
    $durationMs: Int, $evidence: DeploymentEvidenceInput, $recordedAt: DateTime, $fence: Int) {
    recordDeploymentStatus(id: $id, status: $status, message: $message, sequence: $sequence, step: $step,
      durationMs: $durationMs, evidence: $evidence, recordedAt: $recordedAt, fence: $fence) {
    __typename ... on UserError { code message } ... on OutOfOrderError { expectedSequence } } }`,
  log: `mutation($id: ID!, $fromLine: Int!, $lines: [String!]!, $fence: Int) {
    recordDeploymentLog(id: $id, fromLine: $fromLine, lines: $lines, fence: $fence) {
    __typename ... on UserError { code message } ... on OutOfOrderError { expectedSequence } } }`,
  heartbeat: `mutation($id: ID!, $fence: Int, $metrics: DeploymentMetricsInput) {
    recordDeploymentHeartbeat(id: $id, fence: $fence, metrics: $metrics) { __typename ... on UserError { code message } } }`,
  watch: `query($id: ID!) { deploymentWatch(id: $id) { state breaches { message } } }`,
  agentHeartbeat: `mutation($environment: String!, $name: String!, $version: String) {
    recordAgentHeartbeat(environment: $environment, name: $name, version: $version) {
    __typename ... on UserError { code message }
    ... on AgentHeartbeat { waiting { id environment releaseVersion commit kind trigger reason restoresId restores { releaseVersion } } } } }`,
  take: `mutation($id: ID!, $agent: String!) { takeDeployment(id: $id, agent: $agent) {
    __typename ... on UserError { code message } ... on DeploymentTaken { fence deployment { lastSequence } } } }`,
  requested: `subscription($environment: String, $after: String) {
    deploymentRequested(environment: $environment, after: $after) { cursor deploymentId } }`,
  updated: `subscription($environment: String, $after: String) {
    deploymentUpdated(environment: $environment, after: $after) {
      cursor status event { step message } deployment { releaseVersion } } }`,
} as const;

/** The API answered, and it was no: `refused` for good, `later` when another time may be better. */
export class RecordRefused extends Error {
  constructor(
    readonly kind: 'refused' | 'later',
    readonly type: string,
    message: string,
    readonly expectedSequence: number | null = null,
  ) {
    super(message);
    this.name = 'RecordRefused';
  }
}

export interface RecordApi {
  /** The result of the one root field. Throws RecordRefused; any other error means that the API was not reached. */
  call<T extends object>(operation: keyof typeof OPERATIONS, variables: Record<string, unknown>): Promise<T>;
}

export interface RecordApiOptions {
  url: string;
  connectTo: string | undefined;
  token: string;
  timeoutMs: number;
}

interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

export function createRecordApi({ url, connectTo, token, timeoutMs }: RecordApiOptions): RecordApi {
  return {
    async call<T extends object>(operation: keyof typeof OPERATIONS, variables: Record<string, unknown>): Promise<T> {
      const answer = await ask(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: OPERATIONS[operation], variables }),
        timeoutMs,
        connectTo,
      });
      let body: GraphqlAnswer;
      try {
        body = JSON.parse(answer.body) as GraphqlAnswer;
      } catch (error) {
        throw new Error(`${answer.status}: ${reasonOf(error)}`);
      }
      const [first] = body.errors ?? [];
      if (first) {
        // A server that is older than this deployer does not know the operation yet; the next release may.
        throw new RecordRefused('later', first.extensions?.code ?? 'UNKNOWN', first.message);
      }
      const result = Object.values(body.data ?? {})[0] as
        (T & { __typename?: string; message?: string; expectedSequence?: number }) | null | undefined;
      if (!result) throw new Error(`${answer.status}: an answer without data`);
      if (result.__typename?.endsWith('Error')) {
        const { __typename: type, message = '', expectedSequence = null } = result;
        throw new RecordRefused('refused', type, message, expectedSequence);
      }
      return result;
    },
  };
}
