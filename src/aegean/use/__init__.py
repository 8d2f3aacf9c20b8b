"""What a run does to a picture: picture in (path, PIL, array, tensor), picture out."""
