/** `veil keys init`: a new keyring, never over an old one. */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { createKeyring } from '../crypto/keyring.ts';
import { writeKeyringFile } from '../crypto/keyring-file.ts';
import { type CliContext, offlineConfig } from './context.ts';

/** The command. */
export const keysCommand = (context: CliContext): Command =>
  new Command('keys').description('Root keys').addCommand(
    new Command('init').description('Write a new keyring to KEYRING_FILE (mode 0600)').action(() => {
      const { keyringFile } = offlineConfig(context);
      writeKeyringFile(keyringFile, createKeyring({ demo: false, random: randomBytes }));
      context.say(`Wrote ${keyringFile}. Back it up apart from the database: without it nothing opens.`);
    }),
  );
