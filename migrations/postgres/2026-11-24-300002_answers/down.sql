DROP TABLE replies;
DROP TABLE answer_drafts;
DROP TABLE answer_links;
