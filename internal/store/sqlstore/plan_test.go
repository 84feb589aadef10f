package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// No question of a page makes Postgres read through all people, all events or all sessions, however it plans: knowing the values
// asked for, or once and for all. The planner is left as it is.
func TestNothingReadsThroughEverybody(t *testing.T) {
	t.Parallel()
	heard := &statements{}
	store, beside := large(t, heard)
	conn, err := beside.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	through := regexp.MustCompile(`Seq Scan on (users|events|sessions|authenticators|refresh_tokens)\b`)
	plan, err := explain(t.Context(), conn, "force_custom_plan", statement{SQL: "SELECT id FROM users WHERE password_changed_at IS NULL"})
	if err != nil || !through.MatchString(plan) {
		t.Fatalf("a look at everybody is not seen: %v\n%s", err, plan)
	}
	for _, q := range questions() {
		heard.take()
		if err := q.ask(t.Context(), store); err != nil {
			t.Errorf("%s: %v", q.name, err)
		}
		asked := 0
		for _, s := range heard.take() {
			if !strings.HasPrefix(s.SQL, "SELECT") {
				continue // the frame of a transaction
			}
			asked++
			if len(s.Args) > mostValues {
				t.Errorf("%s asks with %d values: what is among many is one of them: %s", q.name, len(s.Args), s.SQL)
			}
			if strings.HasPrefix(q.name, "people ") {
				if read, plan, err := rowsRead(t.Context(), conn, s); err != nil || read > mostRead {
					t.Errorf("%s reads %d rows, %v: %s\n%s", q.name, read, err, s.SQL, plan)
				}
			}
			for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
				plan, err := explain(t.Context(), conn, mode, s)
				if err != nil {
					t.Fatalf("%s: %v: %s", q.name, err, s.SQL)
				}
				if through.MatchString(plan) {
					t.Errorf("%s, %s: %s %v\n%s", q.name, mode, s.SQL, s.Args, plan)
				}
			}
		}
		if asked == 0 {
			t.Errorf("%s asked nothing", q.name)
		}
	}
}

// mostValues is how many values a statement has at most. The plan that Postgres keeps for one with a value for each of hundreds of people
// compares everybody with each.
const mostValues = 30

// mostRead is how many rows a statement about people may read: each of the practice's 10,000 once, and their authenticators twice.
const mostRead = 30_000

// rowsRead runs a statement, and adds up the rows that its scans read.
func rowsRead(ctx context.Context, conn *sql.Conn, s statement) (read int, plan string, err error) {
	plan, err = prepared(ctx, conn, "auto", "EXPLAIN (ANALYZE, TIMING OFF)", s)
	line := regexp.MustCompile(`(?:Bitmap Heap Scan|Seq Scan|Scan using|Scan Backward using).*\(actual rows=([\d.]+) loops=(\d+)\)(?:\n +(?:[A-Z][a-z ]+Cond|Heap Fetches|Filter|Order By):.*)*(?:\n +Rows Removed by [A-Za-z ]+: (\d+))?`)
	for _, found := range line.FindAllStringSubmatch(plan, -1) {
		rows, _ := strconv.ParseFloat(found[1], 64)
		loops, _ := strconv.Atoi(found[2])
		removed, _ := strconv.Atoi(found[3])
		read += (int(rows) + removed) * loops
	}
	return read, plan, err
}

// explain plans a statement as a prepared one, in one of the two ways that Postgres has for these.
func explain(ctx context.Context, conn *sql.Conn, mode string, s statement) (string, error) {
	return prepared(ctx, conn, mode, "EXPLAIN", s)
}

func prepared(ctx context.Context, conn *sql.Conn, mode, how string, s statement) (string, error) {
	var literals []string
	for _, arg := range s.Args {
		switch arg.(type) {
		case pgx.QueryResultFormatsByOID, pgx.QueryExecMode: // options of the driver
			continue
		}
		if column, ok := arg.(driver.Valuer); ok {
			value, err := column.Value()
			if err != nil {
				return "", err
			}
			arg = value
		}
		if arg == nil {
			literals = append(literals, "NULL")
			continue
		}
		literals = append(literals, "'"+strings.ReplaceAll(fmt.Sprint(arg), "'", "''")+"'")
	}
	execute := how + " EXECUTE asked"
	if len(literals) > 0 {
		execute += " (" + strings.Join(literals, ", ") + ")"
	}
	for _, statement := range []string{"SET plan_cache_mode = " + mode, "PREPARE asked AS " + s.SQL} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	defer func() { _, _ = conn.ExecContext(ctx, "DEALLOCATE asked") }()
	rows, err := conn.QueryContext(ctx, execute)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", err
		}
		plan.WriteString(line + "\n")
	}
	return plan.String(), rows.Err()
}
