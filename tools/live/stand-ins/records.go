// Records: what main-app knows of videos, in MongoDB, or in memory where no database is named.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

type records interface {
	// keep makes a record, or replaces it.
	keep(context.Context, record) error
	find(context.Context, string) (record, error)
}

var unknown = failure{http.StatusNotFound, "there is no such video"}

func newID() string { return strings.ToLower(rand.Text()) }

func newRecords(address string) (records, error) {
	if address == "" {
		return &inMemory{kept: map[string]record{}}, nil
	}
	parsed, err := url.Parse(address)
	if err != nil {
		// The error of url.Parse repeats what it could not parse: a password.
		return nil, errors.New("MONGODB_URL is not a URL")
	}
	database := strings.TrimPrefix(parsed.Path, "/")
	if database == "" {
		return nil, errors.New("MONGODB_URL names no database")
	}
	// It connects when it is first asked, and again when it has to.
	client, err := mongo.Connect(options.Client().ApplyURI(address).SetServerSelectionTimeout(20 * time.Second))
	if err != nil {
		return nil, fmt.Errorf("MONGODB_URL: %w", err)
	}
	return inMongoDB{client.Database(database).Collection("videos")}, nil
}

type inMongoDB struct{ videos *mongo.Collection }

func (m inMongoDB) keep(ctx context.Context, kept record) error {
	_, err := m.videos.ReplaceOne(ctx, bson.M{"_id": kept.ID}, kept, options.Replace().SetUpsert(true))
	return unreachable(err)
}

func (m inMongoDB) find(ctx context.Context, id string) (record, error) {
	var found record
	err := m.videos.FindOne(ctx, bson.M{"_id": id}).Decode(&found)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return record{}, unknown
	}
	return found, unreachable(err)
}

func unreachable(err error) error {
	if err == nil {
		return nil
	}
	return failure{http.StatusBadGateway, "the database: " + err.Error()}
}

type inMemory struct {
	lock sync.Mutex
	kept map[string]record
}

func (m *inMemory) keep(_ context.Context, kept record) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.kept[kept.ID] = kept
	return nil
}

func (m *inMemory) find(_ context.Context, id string) (record, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	found, known := m.kept[id]
	if !known {
		return record{}, unknown
	}
	return found, nil
}
