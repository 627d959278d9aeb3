/** Where the image of a launch template comes from, and so which releases may take its place. Nothing is guessed. */
import { type AmiType, isAmiType } from './ami-variant.ts';
import { type ImageName, isPublisher, parseImageName } from './image-name.ts';

/** What is looked at: an image as DescribeImages says it, and its parents up to the root as GetImageAncestry does. */
export interface TraceableImage {
  imageId: string;
  name: string;
  ownerAlias: string | null;
  ownerId: string;
  tags: Readonly<Record<string, string>>;
  /** Image ids, the parent first; null when nobody asked. */
  ancestors: readonly string[] | null;
}

export type ImageOrigin =
  /** The publisher's own. */
  | { origin: 'published'; amiType: AmiType; minor: string; build: string }
  /** Somebody's own; its tag says that releases of this variant may take its place. */
  | { origin: 'tagged'; amiType: AmiType; minor: string; build: null }
  /** Somebody's own, made from a published one. A release in its place would lose what was put into it. */
  | { origin: 'built-on'; base: ImageName; baseImageId: string }
  | { origin: 'unknown'; why: string };

/** Says on an image of one's own which releases may take its place: `AL2023_x86_64_STANDARD/1.33`. */
export const followsTag = 'eks-ami-rollout:follows';

/** Does the image itself not tell, so that its ancestry must be asked for? */
export const needsAncestry = (image: TraceableImage): boolean =>
  image.ancestors === null && publishedName(image) === undefined && image.tags[followsTag] === undefined;

/** Anybody may give an image any name: a name counts only from its publisher. */
const publishedName = (image: TraceableImage): ImageName | undefined => {
  const name = parseImageName(image.name);
  return name !== undefined && isPublisher(name.amiType, image) ? name : undefined;
};

export const originOf = (image: TraceableImage, images: Readonly<Record<string, TraceableImage>>): ImageOrigin => {
  const tag = image.tags[followsTag];
  if (tag !== undefined) return taggedAs(tag);
  const name = publishedName(image);
  if (name !== undefined) return { origin: 'published', ...name };
  const { ancestors } = image;
  for (const imageId of ancestors ?? []) {
    const ancestor = images[imageId];
    const base = ancestor && publishedName(ancestor);
    if (base !== undefined) return { origin: 'built-on', base, baseImageId: imageId };
  }
  const root = ancestors?.at(-1);
  return {
    origin: 'unknown',
    why:
      root === undefined
        ? 'EC2 knows no image it was made from'
        : `it was made from ${root}, which is no known EKS AMI of this Region`,
  };
};

const taggedAs = (tag: string): ImageOrigin => {
  const [, amiType = '', minor = ''] = /^(\w+)\/(\d+\.\d+)$/.exec(tag) ?? [];
  if (isAmiType(amiType)) return { origin: 'tagged', amiType, minor, build: null };
  return {
    origin: 'unknown',
    why: `its tag ${followsTag} says ${JSON.stringify(tag)}, which is not AMI_TYPE/MINOR such as AL2023_x86_64_STANDARD/1.33`,
  };
};

/** The releases that may take the place of an image; null when that is not known, or would lose something. */
export const variantOf = (origin: ImageOrigin): { amiType: AmiType; minor: string } | null =>
  origin.origin === 'published' || origin.origin === 'tagged' ? { amiType: origin.amiType, minor: origin.minor } : null;
