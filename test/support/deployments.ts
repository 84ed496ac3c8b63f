import type { TestClient } from './app.js';

/** What a recorder sends, as one call each; the answer is the member of the result union. */
export const DEPLOYMENT = `id environment releaseVersion status kind trigger execution slot reason restoresId needsApproval
  approvedBy agent liveAt finishedAt heartbeatAt stuck watchStartedAt watchSeconds breachedAt lastSequence nextStatuses`;
const ERROR = '... on UserError { code message field }';
const RUNNING = '... on AlreadyRunningError { runningId }';
const ILLEGAL = '... on IllegalTransitionError { from to allowed }';
export const TO_SUCCESS = ['PENDING', 'IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'SUCCESS'];

type Input = Record<string, unknown>;

export function recorderOf(client: TestClient, headers: Record<string, string> = {}) {
  const call = async (name: string, query: string, variables: Input): Promise<any> => {
    const answer = await client.query<any>(query, variables, headers);
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data[name];
  };
  const start = (input: Input): Promise<any> =>
    call(
      'startDeployment',
      `mutation($input: StartDeploymentInput!) { startDeployment(input: $input) { __typename
        ... on DeploymentRecorded { replayed deployment { ${DEPLOYMENT} } } ${ERROR} ${RUNNING}
        ... on NoDeployAgentError { environment } } }`,
      { input },
    );
  const record = (id: string, status: string, more: Input = {}): Promise<any> =>
    call(
      'recordDeploymentStatus',
      `mutation($id: ID!, $status: DeploymentStatus!, $message: String, $sequence: Int, $step: String, $durationMs: Int,
          $evidence: DeploymentEvidenceInput, $recordedAt: DateTime, $fence: Int) {
        recordDeploymentStatus(id: $id, status: $status, message: $message, sequence: $sequence, step: $step,
          durationMs: $durationMs, evidence: $evidence, recordedAt: $recordedAt, fence: $fence) { __typename
          ... on DeploymentRecorded { replayed deployment { ${DEPLOYMENT} } } ${ERROR} ${RUNNING} ${ILLEGAL}
          ... on OutOfOrderError { expectedSequence } ... on FenceLostError { agent } } }`,
      { id, status, ...more },
    );
  return {
    call,
    start,
    record,
    async play(id: string, ...statuses: string[]): Promise<void> {
      for (const status of statuses) {
        const answer = await record(id, status);
        if (answer.__typename !== 'DeploymentRecorded') throw new Error(JSON.stringify(answer));
      }
    },
    /** Starts a deployment and brings it to SUCCESS; answers its id. */
    async release(environment: string, version: string, more: Input = {}): Promise<string> {
      const { deployment } = await start({ environment, version, ...more });
      await this.play(deployment.id, ...TO_SUCCESS);
      return deployment.id as string;
    },
    async read(id: string, selection = DEPLOYMENT): Promise<any> {
      return call('deployment', `query($id: ID!) { deployment(id: $id) { ${selection} } }`, { id });
    },
    async live(environment: string): Promise<any> {
      return call('liveDeployment', `query($e: String!) { liveDeployment(environment: $e) { ${DEPLOYMENT} } }`, {
        e: environment,
      });
    },
    heartbeat: (id: string, metrics: Input | null = null, fence: number | null = null): Promise<any> =>
      call(
        'recordDeploymentHeartbeat',
        `mutation($id: ID!, $fence: Int, $metrics: DeploymentMetricsInput) {
          recordDeploymentHeartbeat(id: $id, fence: $fence, metrics: $metrics) { __typename
            ... on DeploymentHeartbeat { silenceSeconds deployment { ${DEPLOYMENT} } } ${ERROR} } }`,
        { id, fence, metrics },
      ),
    log: (id: string, fromLine: number, lines: string[]): Promise<any> =>
      call(
        'recordDeploymentLog',
        `mutation($id: ID!, $fromLine: Int!, $lines: [String!]!) {
          recordDeploymentLog(id: $id, fromLine: $fromLine, lines: $lines) { __typename
            ... on DeploymentLogRecorded { nextLine stored dropped replayed } ${ERROR}
            ... on OutOfOrderError { expectedSequence } } }`,
        { id, fromLine, lines },
      ),
    agent: (environment: string, name: string): Promise<any> =>
      call(
        'recordAgentHeartbeat',
        `mutation($environment: String!, $name: String!) {
          recordAgentHeartbeat(environment: $environment, name: $name, version: "a1") { __typename
            ... on AgentHeartbeat { liveSeconds agent { id name version live } waiting { id status agent } } ${ERROR} } }`,
        { environment, name },
      ),
    take: (id: string, agent: string): Promise<any> =>
      call(
        'takeDeployment',
        `mutation($id: ID!, $agent: String!) { takeDeployment(id: $id, agent: $agent) { __typename
          ... on DeploymentTaken { fence replayed deployment { ${DEPLOYMENT} } } ${ERROR} ${RUNNING} ${ILLEGAL}
          ... on AlreadyTakenError { agent } } }`,
        { id, agent },
      ),
    approve: (id: string): Promise<any> =>
      call(
        'approveDeployment',
        `mutation($id: ID!) { approveDeployment(id: $id) { __typename
          ... on DeploymentRecorded { replayed deployment { ${DEPLOYMENT} } } ${ERROR} ${ILLEGAL} } }`,
        { id },
      ),
    requestRollback: (input: Input): Promise<any> =>
      call(
        'requestRollback',
        `mutation($input: RequestRollbackInput!) { requestRollback(input: $input) { __typename
          ... on DeploymentRecorded { replayed deployment { ${DEPLOYMENT} } } ${ERROR} ${RUNNING} } }`,
        { input },
      ),
    watch: (id: string): Promise<any> =>
      call(
        'deploymentWatch',
        `query($id: ID!) { deploymentWatch(id: $id) { state ok since until needsRollback
          breaches { rule measured limit message }
          measured { deadLetters failedJobs completedJobs delayP95Seconds requests serverErrorRate latencyP95Ms poolUse
            poolWaiting logErrors samples } } }`,
        { id },
      ),
    issues: (id: string): Promise<any> =>
      call(
        'deploymentIssues',
        `query($id: ID!) { deploymentIssues(id: $id) { deadLetterCount
          deadLetters { id kind entityType remoteId errorCode errorMessage firstFailedVersion failedAt }
          errors { kind entityType errorCode errorClass message count items firstSeenAt lastSeenAt } } }`,
        { id },
      ),
  };
}
