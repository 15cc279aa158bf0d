// Starts a server with sample data for development and prints its address: node scripts/dev.mjs [empty|typical|crowded]
import { seed } from './seed.mjs';
import { startServer } from './server.mjs';

const server = await startServer();
const seeded = await seed(server, process.argv[2] ?? 'typical');
console.log(`ONECLI_API=${server.url} npm run dev`);
console.log(`sign in: ${await server.signInLink()}`);
process.on('SIGINT', () => {
  seeded.end();
  void server.stop().then(() => process.exit(0));
});
