// Whether the server beside this script answers its administrator.
"use strict";

load(`${__dirname}/connect.js`);

server.main(() => {
  server.signIn("127.0.0.1", server.setting("DB_PORT"), server.administrator());
});
