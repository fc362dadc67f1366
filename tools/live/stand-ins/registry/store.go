// The store: contexts of ML Metadata, whose tables the registry's are.
package main

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// An entity is a model or a version of one.
type entity struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Parent      string `json:"registeredModelId,omitempty"`
	State       string `json:"state"`
	// Milliseconds since 1970, as texts.
	Created string `json:"createTimeSinceEpoch"`
	Updated string `json:"lastUpdateTimeSinceEpoch"`
}

type store struct{ database *sql.DB }

// duplicate is MySQL's error for a second row with a unique key.
const duplicate = 1062

const selection = `SELECT c.id, c.name, COALESCE(d.string_value, ''), COALESCE(p.parent_context_id, ''),
  c.create_time_since_epoch, c.last_update_time_since_epoch
FROM Context c JOIN Type t ON t.id = c.type_id
LEFT JOIN ContextProperty d ON d.context_id = c.id AND d.name = 'description' AND d.is_custom_property = 0
LEFT JOIN ParentContext p ON p.context_id = c.id
WHERE t.name = ?`

func (s store) create(ctx context.Context, kind, parent string, given entity) (entity, error) {
	name := given.Name
	if parent != "" {
		if _, err := s.get(ctx, modelType, parent); err != nil {
			return entity{}, err
		}
		// Names of versions are unique within their model.
		name = parent + ":" + name
	}
	transaction, err := s.database.BeginTx(ctx, nil)
	if err != nil {
		return entity{}, err
	}
	defer func() { _ = transaction.Rollback() }()
	now := time.Now().UnixMilli()
	made, err := transaction.ExecContext(ctx, `INSERT INTO Context
  (type_id, name, create_time_since_epoch, last_update_time_since_epoch) SELECT id, ?, ?, ? FROM Type WHERE name = ?`, name, now, now, kind)
	var problem *mysql.MySQLError
	if errors.As(err, &problem) && problem.Number == duplicate {
		return entity{}, errTaken
	}
	if err != nil {
		return entity{}, err
	}
	id, err := made.LastInsertId()
	if err != nil {
		return entity{}, err
	}
	for property, value := range map[string]string{"description": given.Description, "state": "LIVE"} {
		if _, err := transaction.ExecContext(ctx, `INSERT INTO ContextProperty
  (context_id, name, is_custom_property, string_value) VALUES (?, ?, 0, ?)`, id, property, value); err != nil {
			return entity{}, err
		}
	}
	if parent != "" {
		if _, err := transaction.ExecContext(ctx, "INSERT INTO ParentContext VALUES (?, ?)", id, parent); err != nil {
			return entity{}, err
		}
	}
	if err := transaction.Commit(); err != nil {
		return entity{}, err
	}
	return s.get(ctx, kind, strconv.FormatInt(id, 10))
}

func (s store) get(ctx context.Context, kind, id string) (entity, error) {
	return scan(s.database.QueryRowContext(ctx, selection+" AND c.id = ?", kind, id))
}

func (s store) list(ctx context.Context, kind, parent string) ([]entity, error) {
	query, values := selection, []any{kind}
	if parent != "" {
		query, values = query+" AND p.parent_context_id = ?", append(values, parent)
	}
	rows, err := s.database.QueryContext(ctx, query+" ORDER BY c.id", values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []entity{}
	for rows.Next() {
		next, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, next)
	}
	return found, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (entity, error) {
	found := entity{State: "LIVE"}
	err := row.Scan(&found.ID, &found.Name, &found.Description, &found.Parent, &found.Created, &found.Updated)
	if found.Parent != "" {
		found.Name = strings.TrimPrefix(found.Name, found.Parent+":")
	}
	return found, err
}
