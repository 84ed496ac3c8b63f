import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const LONG = 'x'.repeat(3000);
const lines = (count: number) => Array.from({ length: count }, () => 'a line');

describe('records of deployments', () => {
  let t: TestApp;
  let deployer: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    deployer = t.withToken('deploy-token-deploy-token-1');
  });
  afterAll(() => t.stop());

  test.each<[string, string, object, string[]]>([
    [
      'startDeployment',
      'input: StartDeploymentInput!',
      {
        input: {
          id: 'x',
          environment: 'Production!',
          version: '',
          commit: 'main',
          colour: 'red',
          reason: LONG,
          watchSeconds: -1,
          restoresId: newId(),
        },
      },
      ['id', 'environment', 'version', 'commit', 'colour', 'reason', 'watchSeconds', 'restoresId', 'restoresId'],
    ],
    [
      'recordDeploymentStatus',
      'id: ID!, status: DeploymentStatus!, message: String, sequence: Int, step: String, durationMs: Int, evidence: DeploymentEvidenceInput',
      {
        id: newId(),
        status: 'PENDING',
        message: LONG,
        sequence: 0,
        step: 'A step',
        durationMs: -5,
        evidence: { logLines: lines(101), smoke: Array.from({ length: 51 }, () => ({ name: 'x', ok: true })) },
      },
      ['id', 'message', 'sequence', 'step', 'durationMs', 'evidence.logLines', 'evidence.smoke'],
    ],
    [
      'recordDeploymentLog',
      'id: ID!, fromLine: Int!, lines: [String!]!',
      { id: 'x', fromLine: 0, lines: [] },
      ['fromLine', 'lines', 'id'],
    ],
    [
      'recordDeploymentHeartbeat',
      'id: ID!, metrics: DeploymentMetricsInput',
      { id: 'x', metrics: { sequence: 0, requests: 1, serverErrors: 2, latencyP95Ms: -1, poolSize: -2 } },
      ['id', 'metrics.sequence', 'metrics.latencyP95Ms', 'metrics.poolSize', 'metrics.serverErrors'],
    ],
    [
      'recordAgentHeartbeat',
      'environment: String!, name: String!, version: String',
      { environment: '', name: 'a name', version: LONG },
      ['environment', 'name', 'version'],
    ],
    [
      'recordBackup',
      'input: RecordBackupInput!',
      {
        input: {
          id: 'x',
          environment: 'P',
          deploymentId: 'y',
          sha256: 'z',
          sizeBytes: 0.5,
          location: '',
          takenAt: '2026-11-20T00:00:00Z',
        },
      },
      ['id', 'environment', 'sha256', 'sizeBytes', 'deploymentId', 'location'],
    ],
    [
      'requestRollback',
      'input: RequestRollbackInput!',
      { input: { environment: 'staging', to: newId(), reason: LONG, idempotencyKey: 'short' } },
      ['idempotencyKey', 'to', 'reason'],
    ],
  ])('%s says everything that is wrong with its input', async (name, declared, variables, fields) => {
    const names = Object.keys(variables);
    const query = `mutation(${declared.replaceAll(/\b(\w+):/g, '$$$1:')}) {
      ${name}(${names.map((one) => `${one}: $${one}`).join(', ')}) { __typename
        ... on UserError { code message field faults { code message field } } } }`;
    const answer = await deployer.query<any>(query, { ...variables });
    expect(answer.errors).toBeUndefined();
    const { code, message, field, faults } = answer.data[name];
    expect(faults.map((fault: any) => fault.field)).toEqual(fields);
    expect({ code, message, field }).toEqual(faults[0]);
  });
});
