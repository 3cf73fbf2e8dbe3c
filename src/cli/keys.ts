/** `veil keys init`: a new keyring, never over an old one. */
import { Command } from 'commander';
import { initKeyring } from '../app.ts';
import { type CliContext, offlineConfig } from './context.ts';

/** The command. */
export const keysCommand = (context: CliContext): Command =>
  new Command('keys').description('Root keys').addCommand(
    new Command('init').description('Write a new keyring to KEYRING_FILE (mode 0600)').action(() => {
      const config = offlineConfig(context);
      initKeyring(config);
      context.say(`Wrote ${config.keyringFile}. Back it up apart from the database: without it nothing opens.`);
    }),
  );
