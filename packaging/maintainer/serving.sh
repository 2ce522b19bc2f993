# Prints a line "PID NAME" for each running haproxy and keepalived of the agent.
serving() {
  for file in /var/lib/octavia/*/*.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
    case $name in haproxy | keepalived) echo "$pid $name" ;; esac
  done
}
