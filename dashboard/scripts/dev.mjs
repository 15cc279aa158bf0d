// Starts a filled server for development, and prints how to reach it: node scripts/dev.mjs [empty|typical|crowded]
import { seed } from './seed.mjs';
import { startServer } from './server.mjs';

const server = await startServer();
const made = await seed(server, process.argv[2] ?? 'typical');
console.log(`ONECLI_API=${server.url} npm run dev`);
console.log(`sign in: ${await server.signInLink()}`);
process.on('SIGINT', () => {
  made.end();
  void server.stop().then(() => process.exit(0));
});
