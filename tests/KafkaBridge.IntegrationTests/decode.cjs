// Prints every record of a topic, decoded by the Avro library and the registry client that JavaScript programs use:
// {topic, partition, offset, key, value} a line, up to the ends that the topic has at the start.
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs');
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');
const { types } = require('avsc');
const { decompress } = require('fzstd');
const fs = require('fs');

// Debezium's ts_ns is beyond 2^53: every reader in JavaScript has to say what a long becomes.
const long = types.LongType.__with({
  fromBuffer: (buffer) => buffer.readBigInt64LE(),
  toBuffer: (value) => { const buffer = Buffer.alloc(8); buffer.writeBigInt64LE(value); return buffer; },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value) => typeof value === 'bigint',
  compare: (one, other) => (one === other ? 0 : one < other ? -1 : 1),
});
const typeHook = (schema) => (schema === 'long' || schema.type === 'long' ? long : undefined);

CompressionCodecs[CompressionTypes.ZSTD] = () => ({ decompress: async (buffer) => Buffer.from(decompress(buffer)) });

async function main({ client, authority, registry, topic, group }) {
  const ssl = authority ? { ca: [fs.readFileSync(authority)] } : undefined;
  const kafka = new Kafka({ ...client, ssl, logLevel: logLevel.ERROR });
  const schemas = new SchemaRegistry({ host: registry }, { AVRO: { typeHook } });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Set(ends.filter((one) => Number(one.high) > Number(one.low)).map((one) => one.partition));

  const consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise((done, failed) => {
    if (open.size === 0) done();
    consumer.on(consumer.events.CRASH, (event) => failed(event.payload.error));
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        const key = message.key && await schemas.decode(message.key);
        const value = message.value && await schemas.decode(message.value);
        const text = (_, one) => (typeof one === 'bigint' ? one.toString() : one);
        console.log(JSON.stringify({ topic, partition, offset: Number(message.offset), key, value }, text));
        if (Number(message.offset) + 1 >= Number(ends.find((one) => one.partition === partition).high)) open.delete(partition);
        if (open.size === 0) done();
      },
    }).catch(failed);
  });
  await consumer.disconnect();
}

main(JSON.parse(process.argv[2])).catch((error) => {
  console.error(error);
  process.exit(1);
});
