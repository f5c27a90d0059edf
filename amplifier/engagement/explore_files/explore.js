// Datasette proposes the first table to whoever writes SQL. The views are the contract: one of them is proposed instead.
const editor = document.querySelector("body.db textarea#sql-editor");
if (editor && editor.value === editor.defaultValue) {
  editor.value = `SELECT mode, campaign, thread, impressions, interactions, rate
FROM thread_results
WHERE age_mark = 86400
ORDER BY mode, campaign, interactions DESC`;
}
