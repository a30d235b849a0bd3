DROP TABLE exposures;
DROP TABLE scorecard_activations;
DROP TABLE scorecard_texts;
