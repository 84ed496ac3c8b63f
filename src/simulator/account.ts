/** The one account that the simulator knows. */
export const SIMULATED_ACCOUNT = {
  organizationId: '70001234567',
  clientId: '1000.SIMULATOR',
  clientSecret: 'simulated-client-secret',
  refreshToken: '1000.simulated.refresh',
} as const;
