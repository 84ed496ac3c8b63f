import { Arg, Ctx, FieldResolver, ID, Int, Mutation, ObjectType, Field, Resolver, Root } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { signLink } from '../platform/signed-link.js';
import { removeProductImage } from './image.service.js';
import { ProductImage } from './product-image.entity.js';
import type { ImageRow } from './product.queries.js';

@ObjectType()
export class ProductImageRemoved {
  @Field(() => ID)
  id!: string;
}

const removeResult = defineResult(
  'RemoveProductImageResult',
  { type: ProductImageRemoved, name: 'ProductImageRemoved' },
  removeProductImage.fails,
);

@Resolver(() => ProductImage)
export class ProductImageResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'A link that is good for a day without a token; null for what only the source has. Widths: 160, 480, 1080, 2048.',
  })
  url(
    @Root() image: ImageRow,
    @Ctx() context: Context,
    @Arg('width', () => Int, { nullable: true }) width: number | null,
  ): string | null {
    if (image.fileHash === null) return null;
    const path = width == null ? `/files/${image.id}` : `/files/${image.id}?width=${width}`;
    return signLink(context.services.config.jwtSecret, path);
  }

  @Mutation(() => removeResult.type, {
    description: 'Takes an uploaded image away. Upload: POST /api/products/:id/images with the bytes.',
  })
  removeProductImage(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return removeResult.run(context, async () => {
      await context.transact((tx) => removeProductImage(tx, id));
      return { id };
    });
  }
}
