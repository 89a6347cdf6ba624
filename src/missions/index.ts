export * from './types';
export { describeKey, missionOfPath } from './describe';
export { describeFolder, groupOf } from './folders';
export { splitName } from './names';
export { placesOfName, sectorName, tessPrefix, ticPath } from './places';
export {
  encodeKey,
  httpsUrl,
  keysOfUri,
  mastUri,
  parseHttpsUrl,
  parseS3Uri,
  s3Uri
} from './uri';
export type { IEndpoint, IKnownArchive, IObjectAddress } from './uri';
export { goTo } from './goto';
export * from './gototypes';
