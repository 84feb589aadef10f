package sqlstore

import (
	"database/sql/driver"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// among is the condition that a column holds one of the values, which may be hundreds. On Postgres they are one parameter: with one for
// each, the plan that Postgres keeps for a statement from its sixth time on uses no index for them, and compares every row with each.
func among[T ~[]text](column string, values T) clause.Expression {
	return oneOf{column: column, values: values}
}

// amongRows is among for a column of rows that something else finds already: each is looked up in a hash of the values.
func amongRows[T ~[]text](column string, values T) clause.Expression {
	return oneOf{column: column, values: values, hashed: true}
}

type oneOf struct {
	column string
	values []text
	hashed bool
}

// Build implements clause.Expression.
func (o oneOf) Build(to clause.Builder) {
	if s, ok := to.(*gorm.Statement); ok && Engine(s.Name()) == Postgres {
		how := " = ANY (?::text[])"
		if o.hashed {
			how = " IN (SELECT unnest(?::text[]))"
		}
		clause.Expr{SQL: o.column + how, Vars: []any{array(o.values)}}.Build(to)
		return
	}
	clause.Expr{SQL: o.column + " IN ?", Vars: []any{o.values}}.Build(to)
}

// array is an array of Postgres as text (PostgreSQL documentation, section 8.15.2).
type array []text

// Value implements driver.Valuer; its errors are those of its values.
func (a array) Value() (driver.Value, error) {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var all strings.Builder
	for i, v := range a {
		if _, err := v.Value(); err != nil {
			return nil, err
		}
		if i > 0 {
			all.WriteByte(',')
		}
		all.WriteString(`"` + quoted.Replace(string(v)) + `"`)
	}
	return "{" + all.String() + "}", nil
}
