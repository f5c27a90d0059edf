// Reads one text a line (JSON) and answers with what X's own library makes of it, one line each.
// node tools/differential.cjs FOLDER     FOLDER: where the npm package twitter-text is installed
"use strict";

const path = require("path");
const readline = require("readline");
const { extractHashtags, parseTweet } = require(path.resolve(process.argv[2], "node_modules", "twitter-text"));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const text = JSON.parse(line);
  const { weightedLength, validRangeEnd } = parseTweet(text);
  console.log(JSON.stringify([weightedLength, validRangeEnd, extractHashtags(text)]));
});
