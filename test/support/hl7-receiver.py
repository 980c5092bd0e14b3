"""A stand-in for an EHR: receives HL7 over MLLP with python3-hl7 and answers as it is told.

In: messages on a TCP (or TLS) port. Out: the bytes of each message in a file of the folder, and one line on standard output for each.
Answers, one a message, the last one for ever: AA AE AR CA CE CR (with an error code of table 0357 and words: "AE:207:Database is down"),
silent, late:MS:AA, split (AA in single bytes), stale (AA of an earlier message, then AA), foreign (only AA of another message), twice (AA
twice in one write), garbage (a frame that is no acknowledgement), flood (a frame that never ends), drop (closed after the message),
middle (closed before the message is read to its end).
Ends when standard input closes, so that it never outlives the test that started it.
"""

import argparse
import asyncio
import pathlib
import ssl
import sys

try:
    import hl7
    from hl7.mllp import InvalidBlockError, start_hl7_server
except ImportError:
    sys.stderr.write("python3-hl7 is not installed; install the test peers with: npm run set-up\n")
    sys.exit(3)

ENCODINGS = {"UNICODE UTF-8": "utf-8", "8859/1": "latin-1", "ASCII": "ascii", "": "ascii"}


def say(line):
    print(line, flush=True)


def parse(block):
    header = block.split(b"\r", 1)[0].split(b"|")
    character_set = header[17].decode("ascii") if len(header) > 17 else ""
    return hl7.parse(block.decode(ENCODINGS[character_set]))


def acknowledgement(message, code="AA", error="", words=""):
    ack = message.create_ack(code)
    if words:
        ack.segment("MSA").assign_field(words, 3)
    text = str(ack).rstrip("\r") + "\r"
    if error:
        text += f"ERR||OBX^1^5|{error}^{words}^HL70357|E\r"
    return text.encode("utf-8")


def of_other_message(ack, message):
    return ack.replace(str(message.segment("MSH")[10]).encode(), b"AN-EARLIER-ONE")


async def answer(how, message, writer):
    name, *rest = how.split(":")
    ack = acknowledgement(message)
    if name == "silent":
        return
    if name == "late":
        await asyncio.sleep(int(rest[0]) / 1000)
        await answer(":".join(rest[1:]), message, writer)
    elif name == "split":
        for byte in b"\x0b" + ack + b"\x1c\x0d":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.001)
    elif name == "stale":
        writer.writeblock(of_other_message(ack, message))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.writeblock(ack)
    elif name == "foreign":
        writer.writeblock(of_other_message(ack, message))
    elif name == "twice":
        writer.write((b"\x0b" + ack + b"\x1c\x0d") * 2)
    elif name == "garbage":
        writer.writeblock(b"HTTP/1.1 400 Bad Request")
    elif name == "flood":
        writer.write(b"\x0b" + b"x" * 200000)
    elif name == "drop":
        writer.close()
    else:
        writer.writeblock(acknowledgement(message, name, *rest))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--answers", default="AA", help="separated by commas")
    parser.add_argument("--certificate", help="PEM; makes it TLS")
    parser.add_argument("--key")
    parser.add_argument("--client-ca", help="PEM; makes it mutual TLS")
    options = parser.parse_args()
    answers = options.answers.split(",")
    stored = len(list(options.folder.glob("*.hl7")))
    received = 0

    async def connected(reader, writer):
        nonlocal stored, received
        try:
            while True:
                if answers[min(received, len(answers) - 1)] == "middle":
                    received += 1
                    await reader.read(10)
                    writer.transport.abort()
                    return
                block = await reader.readblock()
                how = answers[min(received, len(answers) - 1)]
                received += 1
                message = parse(block)
                stored += 1
                (options.folder / f"{stored:04d}.hl7").write_bytes(block)
                say(f"stored {message.segment('MSH')[10]}")
                await answer(how, message, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        except (InvalidBlockError, hl7.HL7Exception, UnicodeDecodeError, KeyError, ValueError) as error:
            say(f"invalid {type(error).__name__}")
            writer.close()

    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=options.client_ca)
        context.load_cert_chain(options.certificate, options.key)
        if options.client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
    server = await start_hl7_server(connected, "127.0.0.1", options.port, limit=16 * 1024 * 1024, ssl=context)
    say(f"port {server.sockets[0].getsockname()[1]}")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    server.close()


asyncio.run(main())
