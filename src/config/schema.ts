// Every option of the node: its name, bounds, default and meaning, in this one place. In: nothing. Out: the zod schema and the Config type.
// The reference page, the JSON schema and config/sonorelay.yaml are checked against it; no other file holds a default or a bound.
import { z } from 'zod';

/** AE value representation: 1 to 16 characters of the default repertoire, no backslash or control characters (PS3.5 6.2). */
const aeTitle = z
  .string()
  .trim()
  .regex(/^(?! *$)[\x20-\x5b\x5d-\x7e]{1,16}$/, 'must be 1 to 16 ASCII characters without backslash');
const port = z.int().min(0).max(65535);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9 and -');
const host = z.string().min(1).max(253);
const seconds = (least: number, most: number) => z.number().min(least).max(most);
const pattern = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => {
    try {
      return new RegExp(text, 'iu') instanceof RegExp;
    } catch {
      return false; // The refusal below is the report: zod names the path and the sentence.
    }
  }, 'must be a regular expression');

const tlsServer = z.strictObject({
  certificateFile: z.string().describe('PEM file with our certificate and its chain.'),
  keyFile: z.string().describe('PEM file with our private key; readable by the node alone.'),
  caFile: z
    .string()
    .nullable()
    .default(null)
    .describe('PEM file with the authorities whose client certificates are demanded. null: no client certificate asked.'),
});

const tlsClient = z.strictObject({
  caFile: z.string().describe("PEM file with the authorities that may have signed the peer's certificate."),
  certificateFile: z
    .string()
    .nullable()
    .default(null)
    .describe('PEM file with our client certificate, where the peer asks for one.'),
  keyFile: z.string().nullable().default(null).describe('PEM file with its private key.'),
  serverName: z.string().max(253).describe("Name that the peer's certificate must carry."),
});

const retry = z
  .strictObject({
    firstDelaySeconds: seconds(0.1, 3600).default(5).describe('Wait before the second attempt; doubles from there, with jitter.'),
    longestDelaySeconds: seconds(1, 86_400).default(300).describe('Longest wait between attempts.'),
    mostAttempts: z
      .int()
      .min(0)
      .max(100_000)
      .default(0)
      .describe('Attempts before a delivery is parked for a person. 0: never give up.'),
  })
  .prefault({});

const dicomDestination = z.strictObject({
  name: name.describe('Name used by routes and shown by status.'),
  kind: z.literal('dicom'),
  host: host.describe('Host name or address of the peer.'),
  port: port.min(1),
  calledAeTitle: aeTitle.describe('AE title of the peer.'),
  callingAeTitle: aeTitle.nullable().default(null).describe('AE title we present. null: our own.'),
  tls: tlsClient.nullable().default(null),
  connectTimeoutSeconds: seconds(0.1, 300).default(10),
  responseTimeoutSeconds: seconds(0.1, 3600).default(60).describe('Longest wait for an answer to one object.'),
  reportClass: z
    .enum(['comprehensive', 'comprehensive-3d', 'enhanced', 'basic-text'])
    .nullable()
    .default(null)
    .describe('SOP class of the reports for this destination. null: that of the template, Comprehensive SR in ours.'),
  captureClass: z
    .enum(['multi-frame', 'single'])
    .default('multi-frame')
    .describe(
      'Attention pages as one multi-frame instance, or as single images. single is also what is sent where multi-frame is refused.',
    ),
  captureCompression: z
    .enum(['rle', 'none'])
    .default('rle')
    .describe('Attention images in RLE Lossless where the peer takes it, or never. Uncompressed is what every other peer gets.'),
  retry,
});

const hl7Destination = z.strictObject({
  name,
  kind: z.literal('hl7'),
  host,
  port: port.min(1),
  tls: tlsClient.nullable().default(null),
  sendingApplication: z.string().max(180).default('SONORELAY').describe('MSH-3.'),
  sendingFacility: z.string().max(180).default('').describe('MSH-4.'),
  receivingApplication: z.string().max(180).default('').describe('MSH-5.'),
  receivingFacility: z.string().max(180).default('').describe('MSH-6.'),
  version: z.enum(['2.5.1', '2.3.1']).default('2.5.1').describe('MSH-12, and what messages of that version hold.'),
  processingId: z.enum(['P', 'T', 'D']).default('P').describe('MSH-11: P production, T training, D debugging.'),
  characterSet: z
    .enum(['UNICODE UTF-8', '8859/1', 'ASCII'])
    .default('UNICODE UTF-8')
    .describe('MSH-18 and the bytes on the wire.'),
  connectTimeoutSeconds: seconds(0.1, 300).default(10),
  acknowledgementTimeoutSeconds: seconds(0.1, 600).default(30),
  retry,
});

const fhirTls = z.strictObject({
  caFile: z
    .string()
    .nullable()
    .default(null)
    .describe("PEM file with the authorities that may have signed the server's certificate. null: those of the machine."),
  certificateFile: z
    .string()
    .nullable()
    .default(null)
    .describe('PEM file with our client certificate, where the server asks for one.'),
  keyFile: z.string().nullable().default(null).describe('PEM file with its private key.'),
});

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** A base URL without user, query and fragment, and without a slash at its end. */
const fhirBaseUrl = z
  .string()
  .max(500)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) && !/[?#\s]/.test(text) && url.username === '' && url.password === '';
  }, 'must be an https URL without user, query and fragment')
  .transform((text) => text.replace(/\/+$/, ''));

const identifierSystem = z.url().max(500).nullable().default(null);

const fhirDestination = z
  .strictObject({
    name,
    kind: z.literal('fhir'),
    baseUrl: fhirBaseUrl.describe(
      'Base URL of the FHIR R4 server, e.g. https://ehr.example/fhir. Transactions are posted to it.',
    ),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe('Permit http to a host that is not this machine: patient data and token then travel in clear.'),
    tokenFile: z
      .string()
      .nullable()
      .default(null)
      .describe('File with a bearer token, read anew for every attempt. null: no token.'),
    tls: fhirTls.prefault({}),
    patientIdentifierSystem: identifierSystem.describe(
      'URI of the patient identifiers, as the server names them. null: that of the source, where it names one.',
    ),
    accessionNumberSystem: identifierSystem.describe('URI of the accession numbers. null: none is sent.'),
    connectTimeoutSeconds: seconds(0.1, 300).default(10),
    responseTimeoutSeconds: seconds(0.1, 3600).default(60).describe('Longest wait for the whole answer to a transaction.'),
    retry,
  })
  .refine(
    ({ baseUrl, allowInsecure }) => {
      const url = URL.parse(baseUrl);
      return allowInsecure || url === null || url.protocol !== 'http:' || LOOPBACK.test(url.hostname);
    },
    { path: ['baseUrl'], message: 'is http to another machine: use https, or set allowInsecure' },
  )
  .refine(({ tls }) => (tls.certificateFile === null) === (tls.keyFile === null), {
    path: ['tls'],
    message: 'certificateFile and keyFile go together',
  });

const CONSOLE_LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

const webConsole = z
  .strictObject({
    host: host
      .default('127.0.0.1')
      .describe('Address to listen on. One that other machines reach needs tls: names and passwords travel with every page.'),
    port: port.default(8443).describe('Port to listen on. 0: any free one.'),
    tls: tlsServer.nullable().default(null),
    usersFile: z
      .string()
      .min(1)
      .default('console-users.json')
      .describe('File of who may sign in, relative to the configuration file; "sonorelay console add-user NAME" writes it.'),
  })
  .refine((one) => one.tls !== null || CONSOLE_LOOPBACK.test(one.host), {
    path: ['host'],
    message: 'is reached by other machines: set console.tls, or use 127.0.0.1',
  });

const condition = z.strictObject({
  callingAeTitle: pattern.optional(),
  modality: pattern.optional(),
  sopClassUid: pattern.optional(),
  bodyPartExamined: pattern.optional(),
  studyDescription: pattern.optional(),
  seriesDescription: pattern.optional(),
});

const route = z.strictObject({
  name: name.describe('Named in every plan as the deciding rule.'),
  when: condition
    .prefault({})
    .describe(
      'Regular expressions over the instance, in any case of letters; all given ones must match: callingAeTitle, modality and sopClassUid as a whole, the others anywhere in the text. {} matches every instance.',
    ),
  models: z.array(name).max(20).describe('Models that read the matching instances. []: stored, not analysed.'),
  destinations: z.array(name).max(20).describe('Destinations of what those models give.'),
});

export const configSchema = z.strictObject({
  aeTitle: aeTitle.default('SONORELAY').describe('Our AE title: the one that peers must call, and that we present.'),
  stationName: z.string().max(16).default('SONORELAY').describe('StationName (0008,1010) in the objects we write.'),
  institutionName: z
    .string()
    .max(64)
    .default('')
    .describe('InstitutionName (0008,0080) of the node in the objects we write; left out when empty.'),
  spool: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .default('var/spool')
        .describe('Folder of received objects, results and the ledger, relative to the configuration file. One node a folder.'),
      minFreeMiB: z.int().min(0).max(10_000_000).default(2048).describe('Below this free space nothing more is accepted.'),
    })
    .prefault({}),
  dicom: z
    .strictObject({
      host: host.default('0.0.0.0').describe('Address to listen on.'),
      port: port.default(11112).describe('Port to listen on. 0: any free one.'),
      tls: tlsServer.nullable().default(null),
      maxAssociations: z.int().min(1).max(1000).default(32).describe('Open associations at a time; more are rejected for now.'),
      maxInstanceMiB: z.int().min(1).max(65_536).default(8192).describe('Largest data set taken.'),
      idleTimeoutSeconds: seconds(1, 3600).default(60).describe('An association that is silent for so long is aborted.'),
    })
    .prefault({}),
  peers: z
    .array(
      z.strictObject({
        aeTitle: aeTitle.describe('Calling AE title that may send.'),
        addresses: z
          .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
          .max(100)
          .default([])
          .describe('Addresses or CIDR blocks it may come from. []: any.'),
      }),
    )
    .max(1000)
    .default([])
    .describe('Who may send.'),
  acceptAnyPeer: z.boolean().default(false).describe('Take studies from every calling AE title. For trials only.'),
  study: z
    .strictObject({
      quietSeconds: seconds(0.1, 86_400).default(60).describe('A study is complete when nothing of it arrived for so long.'),
      longestSeconds: seconds(1, 604_800).default(5400).describe('A study that keeps arriving is complete after so long.'),
    })
    .prefault({}),
  models: z
    .strictObject({
      folder: z.string().min(1).default('models').describe('Folder of model folders, relative to the configuration file.'),
      use: z.array(name).max(50).default(['vascular-sec', 'vascular-dvt', 'lung-score', 'echo-cmr']).describe('Models to load.'),
    })
    .prefault({}),
  analysis: z
    .strictObject({
      processes: z.int().min(1).max(64).default(1).describe('Analysis processes; one job each at a time.'),
      threadsPerProcess: z.int().min(1).max(256).default(2).describe('Threads of ONNX Runtime in each.'),
      providers: z
        .array(z.enum(['tensorrt', 'cuda', 'cpu']))
        .min(1)
        .max(3)
        .default(['cuda', 'cpu'])
        .describe('Execution providers, tried one by one in this order.'),
      timeoutSeconds: seconds(1, 86_400).default(600).describe('Longest run of one job; then its process is replaced.'),
      mostAttempts: z.int().min(1).max(100).default(3).describe('Attempts before a job is parked for a person.'),
      maxPixels: z
        .int()
        .min(1024)
        .max(1_000_000_000)
        .default(64_000_000)
        .describe('Largest frame that is decoded, rows times columns.'),
      maxFrames: z.int().min(1).max(1_000_000).default(20_000).describe('Most frames of an instance that is analysed.'),
    })
    .prefault({}),
  reports: z
    .strictObject({
      templatesFolder: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe(
          'Folder with templates of the site (sr/, hl7/, capture/, codes.json, annotations.json), relative to the configuration file; what is not in it is taken from our own. null: ours.',
        ),
      notAnalysed: z
        .boolean()
        .default(false)
        .describe(
          'Send a short report and message with the reasons when a model could not run on a study that was routed to it.',
        ),
      captures: z
        .enum(['pages', 'pages+cine'])
        .default('pages+cine')
        .describe(
          'Attention pages with a cine of each lung cine, each compressed vein and each view of the heart, played at the speed of the source with what the model saw, about 2.5 MB each; or the pages alone.',
        ),
      keyImages: z
        .boolean()
        .default(false)
        .describe(
          'Send a key object selection ("Of Interest") with the frames that the statements rest on, so that viewers mark them.',
        ),
    })
    .prefault({}),
  routes: z.array(route).max(500).default([]).describe('The first route that matches an instance decides.'),
  destinations: z
    .array(z.discriminatedUnion('kind', [dicomDestination, hl7Destination, fhirDestination]))
    .max(100)
    .default([]),
  console: webConsole.nullable().default(null),
  log: z
    .strictObject({
      level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
      file: z
        .string()
        .nullable()
        .default(null)
        .describe('File for the log, relative to the configuration file. null: standard error.'),
    })
    .prefault({}),
});

/** A checked configuration, defaults filled in. */
export type Config = z.output<typeof configSchema>;
export type DestinationConfig = Config['destinations'][number];
