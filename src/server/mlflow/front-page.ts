/** What a browser gets that is sent to the server's address: what this is, and how clients are told of it. */
export function frontPage(programVersion: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>mlspec server</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 42rem; padding: 0 1rem }
pre { background: #f4f4f4; padding: 0.8rem; overflow: auto }</style></head>
<body>
<h1>mlspec server</h1>
<p>This is the tracking server of MLSpec ${programVersion}. It answers clients of MLflow. Started with
<code>mlspec server --ui mlflow</code> it shows MLflow's own web interface here, where the package <code>mlflow</code> is installed.</p>
<pre>import mlflow
mlflow.set_tracking_uri(<span id="address">"http://…"</span>)
mlflow.search_runs(search_all_experiments=True)</pre>
<p>How it is: <a href="metrics">metrics</a>, <a href="varz">varz</a>.</p>
<script>document.getElementById('address').textContent = JSON.stringify(location.origin);</script>
</body>
</html>
`;
}
