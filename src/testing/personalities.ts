import { personalityNames, type Personality, type PersonalityName } from './personality.ts';
import * as clouds from './personalities/clouds.ts';
import * as emulators from './personalities/emulators.ts';
import * as servers from './personalities/servers.ts';
import { usual, type Deviations } from './personalities/usual.ts';

const { cephRgw, s3sFs, ...sameNames } = servers;
const deviations: Readonly<Record<PersonalityName, Deviations>> = {
  ...clouds,
  ...emulators,
  ...sameNames,
  'ceph-rgw': cephRgw,
  's3s-fs': s3sFs,
};

/** Every server that the store can behave like. */
export const personalities: Readonly<Record<PersonalityName, Personality>> = Object.fromEntries(
  personalityNames.map((name) => [name, { ...usual, ...deviations[name], name }]),
) as Record<PersonalityName, Personality>;
