// Configured destinations to the records that delivery works with. In: a Config and its folder. Out: destinations with milliseconds and PEM texts.
import { readFile } from 'node:fs/promises';
import type { Destination, TlsClient } from '../contracts/delivery.ts';
import { resolved } from './preflight.ts';
import type { Config, DestinationConfig } from './schema.ts';

const read = async (baseFolder: string, file: string | null): Promise<string | null> =>
  file === null ? null : readFile(resolved(baseFolder, file), 'utf8');

type Configured<K extends DestinationConfig['kind']> = Extract<DestinationConfig, { readonly kind: K }>;

async function tlsClient(tls: Configured<'dicom' | 'hl7'>['tls'], baseFolder: string): Promise<TlsClient | null> {
  if (tls === null) return null;
  return {
    ca: await readFile(resolved(baseFolder, tls.caFile), 'utf8'),
    certificate: await read(baseFolder, tls.certificateFile),
    key: await read(baseFolder, tls.keyFile),
    serverName: tls.serverName,
  };
}

/** Reads the TLS files that destinations name and turns seconds into milliseconds. Throws the file error when one cannot be read. */
export function openDestinations(config: Config, baseFolder: string): Promise<readonly Destination[]> {
  return Promise.all(
    config.destinations.map(async (destination): Promise<Destination> => {
      const everywhere = {
        name: destination.name,
        connectTimeoutMs: destination.connectTimeoutSeconds * 1000,
        retry: {
          firstDelayMs: destination.retry.firstDelaySeconds * 1000,
          longestDelayMs: destination.retry.longestDelaySeconds * 1000,
          mostAttempts: destination.retry.mostAttempts,
        },
      };
      if (destination.kind === 'fhir') {
        const { baseUrl, tls, tokenFile, patientIdentifierSystem, accessionNumberSystem } = destination;
        return {
          ...everywhere,
          kind: 'fhir',
          baseUrl,
          tokenFile: tokenFile === null ? null : resolved(baseFolder, tokenFile),
          tls: baseUrl.startsWith('http:')
            ? null
            : {
                ca: await read(baseFolder, tls.caFile),
                certificate: await read(baseFolder, tls.certificateFile),
                key: await read(baseFolder, tls.keyFile),
              },
          patientIdentifierSystem,
          accessionNumberSystem,
          responseTimeoutMs: destination.responseTimeoutSeconds * 1000,
        };
      }
      const common = {
        ...everywhere,
        host: destination.host,
        port: destination.port,
        tls: await tlsClient(destination.tls, baseFolder),
      };
      if (destination.kind === 'dicom') {
        return {
          ...common,
          kind: 'dicom',
          calledAeTitle: destination.calledAeTitle,
          callingAeTitle: destination.callingAeTitle ?? config.aeTitle,
          responseTimeoutMs: destination.responseTimeoutSeconds * 1000,
          ...(destination.reportClass === null ? {} : { reportClass: destination.reportClass }),
          captureClass: destination.captureClass,
          captureCompression: destination.captureCompression,
        };
      }
      return {
        ...common,
        kind: 'hl7',
        sendingApplication: destination.sendingApplication,
        sendingFacility: destination.sendingFacility,
        receivingApplication: destination.receivingApplication,
        receivingFacility: destination.receivingFacility,
        version: destination.version,
        processingId: destination.processingId,
        characterSet: destination.characterSet,
        acknowledgementTimeoutMs: destination.acknowledgementTimeoutSeconds * 1000,
      };
    }),
  );
}
