/** `veil policy check`: compiles every role file as a start would, and names each fault. */
import { Command } from 'commander';
import { loadRules } from '../load-rules.ts';
import { type CliContext, offlineConfig } from './context.ts';

/** The command. */
export const policyCheckCommand = (context: CliContext): Command =>
  new Command('check').description('Compile profiles/ and name every fault').action(() => {
    const { profilesDir } = offlineConfig(context);
    const { policy } = loadRules(profilesDir, { enforceDemands: true });
    const views = [...policy.roles.values()].reduce((sum, role) => sum + role.views.size, 0);
    context.say(`${policy.roles.size} roles with ${views} views: no fault.`);
  });
