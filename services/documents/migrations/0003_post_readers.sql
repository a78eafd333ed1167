-- References have replaced readers.
DROP TABLE reader;
