import { Spine1764000000000 } from './1764000000000-spine.js';
import { MappingVersions1764100000000 } from './1764100000000-mapping-versions.js';
import { StreamShape1764200000000 } from './1764200000000-stream-shape.js';
import { ConnectorAccess1764300000000 } from './1764300000000-connector-access.js';
import { Subscriptions1764400000000 } from './1764400000000-subscriptions.js';
import { ReceivedRecords1764500000000 } from './1764500000000-received-records.js';
import { Identity1764600000000 } from './1764600000000-identity.js';
import { Erasure1764700000000 } from './1764700000000-erasure.js';
import { LiveItems1764800000000 } from './1764800000000-live-items.js';
import { ConflictsOfRecords1764900000000 } from './1764900000000-conflicts-of-records.js';
import { VendorMerges1765000000000 } from './1765000000000-vendor-merges.js';

/** In order. Classes, not globs: a forgotten file fails the compiler instead of the operator. */
export const MIGRATIONS = [
  Spine1764000000000,
  MappingVersions1764100000000,
  StreamShape1764200000000,
  ConnectorAccess1764300000000,
  Subscriptions1764400000000,
  ReceivedRecords1764500000000,
  Identity1764600000000,
  Erasure1764700000000,
  LiveItems1764800000000,
  ConflictsOfRecords1764900000000,
  VendorMerges1765000000000,
];
