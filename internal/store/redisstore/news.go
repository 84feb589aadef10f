package redisstore

import "context"

// newsChannel is where nodes tell each other what is not as it was. Channels are not part of a numbered database: a deployment that
// shares the server hears words that mean nothing to it, or make it look again in vain.
const newsChannel = prefix + "news"

// Publish says a word to every node that listens now. Nothing is kept for the others.
func (s *Store) Publish(ctx context.Context, word string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(s.client.Publish(ctx, newsChannel, word).Err())
}

// Listen calls heard with every word that is published, one after another, until ctx ends. It connects again by itself when the
// connection is lost; what is published meanwhile is not heard.
func (s *Store) Listen(ctx context.Context, heard func(context.Context, string)) {
	subscription := s.client.Subscribe(ctx, newsChannel)
	defer func() { _ = subscription.Close() }()
	words := subscription.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case word, open := <-words:
			if !open {
				return
			}
			heard(ctx, word.Payload)
		}
	}
}
